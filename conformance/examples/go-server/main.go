// A Tokenwire server in one process: levels core and operations, the logs in memory.
//
// Its shape is the one idea of the protocol: a stream is an append-only log (stream.go), and a connection is a set of
// cursors into logs (conn.go). The hub knows which logs there are (hub.go); the model fills them (model.go, text.go);
// wire.go reads and writes messages. One mutex guards all of that state. It is held for bookkeeping only, never while a
// socket is read or written, so nobody who is slow can hold up anybody else (flow.reader-holds-nobody).
//
// The ids in the comments are those of the requirements in PROTOCOL.md.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// config is what the environment says (section 21).
type config struct {
	limits            limits
	interval, timeout time.Duration // of the heartbeat
	drain             time.Duration
	tokens            map[string]credential // nil: no credentials are required
}

// credential is what a bearer token stands for; with a life of 0 it does not expire.
type credential struct {
	principal string
	life      time.Duration
}

func main() {
	log.SetPrefix("tokenwire-go: ")
	log.SetFlags(0)
	grace, retention := envInt("TOKENWIRE_GRACE_MS", 60_000), envInt("TOKENWIRE_RETENTION_MS", 300_000)
	cfg := config{
		limits: limits{
			HelloTimeoutMS: envInt("TOKENWIRE_HELLO_TIMEOUT_MS", 10_000),
			MaxClientBytes: 1 << 20,
			MaxServerBytes: maxServerBytes,
			MaxStreams:     envInt("TOKENWIRE_MAX_STREAMS", 64),
			RetentionMS:    retention,
			GraceDefaultMS: grace,
			GraceMaxMS:     max(600_000, grace),
			IDMemoryMS:     max(3_600_000, retention),
			Tombstones:     1024,
			OutboundBytes:  1 << 20,
		},
		interval: ms(envInt("TOKENWIRE_HEARTBEAT_INTERVAL_MS", 15_000)),
		timeout:  ms(envInt("TOKENWIRE_HEARTBEAT_TIMEOUT_MS", 10_000)),
		drain:    ms(envInt("TOKENWIRE_DRAIN_DEADLINE_MS", 10_000)),
		tokens:   authTokens(os.Getenv("TOKENWIRE_AUTH_TOKENS")),
	}
	h := newHub(cfg, newModel(os.Getenv("OPENAI_BASE_URL"), os.Getenv("OPENAI_API_KEY"), os.Getenv("OPENAI_MODEL")))
	routes := http.NewServeMux()
	routes.HandleFunc("/{$}", h.upgrade)
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(envInt("PORT", 8080))))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %s", listener.Addr())
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 10 * time.Second}
	go func() { log.Fatal(server.Serve(listener)) }()

	asked, again := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	<-asked.Done()
	again() // a second signal kills
	h.drain()
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func envInt(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		log.Fatalf("%s: expected a whole number", name)
	}
	return n
}

// authTokens reads "token=principal,token=principal@900". A token may hold "=" itself, so the last one counts.
func authTokens(text string) map[string]credential {
	if text == "" {
		return nil
	}
	tokens := map[string]credential{}
	for pair := range strings.SplitSeq(text, ",") {
		at := strings.LastIndex(pair, "=")
		who, life, expires := strings.Cut(pair[at+1:], "@")
		n, err := strconv.Atoi(life)
		if at < 1 || expires && (err != nil || n <= 0) {
			log.Fatal("TOKENWIRE_AUTH_TOKENS: expected token=principal or token=principal@ms") // auth.secrets-unlogged
		}
		tokens[pair[:at]] = credential{who, ms(n)}
	}
	return tokens
}
