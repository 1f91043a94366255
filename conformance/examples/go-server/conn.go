package main

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

const (
	// maxWaiting is how many bytes of answers may wait for a socket before the client is not read any more: who asks
	// and asks and never reads is held back by TCP. Tokens never wait, they stay in their logs. So a connection holds
	// this, a message and the socket's buffer, far below limits.outbound_bytes (flow.bounded).
	maxWaiting = 256 << 10
	// socketBuffer is small, so that not much stands in front of a pong when a client is slow.
	socketBuffer = 64 << 10
	// stallPatience: flow.no-progress. No close frame fits into a socket that takes nothing, so it is just closed.
	stallPatience = 30 * time.Second
	// closePatience is for the last messages, the close frame and the answer of the other side to it.
	closePatience = 1500 * time.Millisecond
)

// conn is one connection. A reader does what the client asks; a writer, the only one who sends, takes what was pushed
// and then one message from one of the logs. Slow readers, catching up and replays are nothing else than its cursors
// (flow.catches-up).
type conn struct {
	hub     *hub
	ws      *websocket.Conn
	socket  net.Conn
	name    string
	began   time.Time
	expires time.Time    // auth.expired; zero: never
	heard   atomic.Int64 // when the last message came, since began

	awake chan struct{} // there may be something to write
	wrote chan struct{} // less is waiting
	done  chan struct{} // the writer has returned

	// From here on guarded by hub.mu.
	who      *principal
	pushed   [][]byte
	waiting  int           // bytes that were pushed and not written
	attached []*attachment // in the order in which they have their turn
	closing  int           // the code to close with, or gone
}

// attachment is a cursor: the highest seq that this connection was sent of this stream.
type attachment struct {
	conn   *conn
	stream *stream
	cursor int
}

var upgrader = websocket.Upgrader{ // compression is off (handshake.no-compression)
	Subprotocols: []string{subprotocol},                    // handshake.subprotocol-selected
	CheckOrigin:  func(*http.Request) bool { return true }, // auth.origin binds who authenticates by cookies
}

// upgrade serves "/".
func (h *hub) upgrade(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), subprotocol) { // handshake.not-offered-refused
		http.Error(w, "offer the WebSocket subprotocol "+subprotocol, http.StatusBadRequest)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{
		hub: h, ws: ws, socket: ws.NetConn(), name: "c-" + strings.ToLower(rand.Text()[:8]), began: time.Now(),
		awake: make(chan struct{}, 1), wrote: make(chan struct{}, 1), done: make(chan struct{}),
	}
	defer c.socket.Close()
	if tcp, is := c.socket.(*net.TCPConn); is {
		tcp.SetWriteBuffer(socketBuffer)
	}
	principal, code := c.handshake()
	if code == 0 {
		code = c.serve(principal)
	} else if code != gone {
		c.sendClose(code)
	}
	// Whoever closes a socket that holds unread bytes resets it, and the close frame may be lost: read on until the
	// other side has answered it.
	c.socket.SetReadDeadline(time.Now().Add(closePatience / 2))
	for code != gone {
		if _, _, err := c.ws.NextReader(); err != nil {
			return
		}
	}
}

// handshake reads hello and sends welcome, before there is a writer. What is pipelined behind hello waits in the socket:
// bounded by it (handshake.pipeline-bounded), in its order (handshake.pipelined-in-order), and never processed when the
// connection is closed here (handshake.closed-unprocessed, handshake.no-call-before-auth).
func (c *conn) handshake() (principal string, code int) {
	cfg := c.hub.cfg
	m, code := c.next(c.began.Add(ms(cfg.limits.HelloTimeoutMS)), helloTimeout) // handshake.hello-timeout
	if code != 0 {
		return "", code
	}
	if m.kind != "hello" {
		return "", protocolViolation // handshake.hello-first
	}
	credential, ok := c.hub.authenticate(m, c.name)
	if !ok {
		return "", unauthenticated // auth.rejected
	}
	welcome := obj{
		"type": "welcome", "conn": c.name, "epoch": c.hub.epoch, "levels": []string{"core", "operations"},
		"features": obj{}, "limits": cfg.limits,
		"heartbeat": obj{"interval_ms": cfg.interval.Milliseconds(), "timeout_ms": cfg.timeout.Milliseconds()},
	}
	if c.send(encode(welcome)) != nil {
		return "", gone
	}
	if credential.life > 0 {
		c.expires = time.Now().Add(credential.life)
	}
	return credential.principal, 0
}

// serve is the life of a connection that was welcomed.
func (c *conn) serve(principal string) int {
	h := c.hub
	h.mu.Lock()
	h.join(c, principal)
	h.mu.Unlock()
	go c.write()
	code := c.read()
	h.mu.Lock()
	h.leave(c) // its streams are not sent any more; what was pushed is
	c.shut(code)
	h.mu.Unlock()
	if code == gone {
		c.socket.Close()
	}
	<-c.done
	return code
}

// next reads one message, or gives the code to close with: late when none has come by then.
func (c *conn) next(by time.Time, late int) (m message, code int) {
	c.ws.SetReadDeadline(by)
	limit := c.hub.cfg.limits.MaxClientBytes
	kind, reader, err := c.ws.NextReader()
	if err == nil && kind != websocket.TextMessage {
		return m, unsupportedData // framing.binary
	}
	var data []byte
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return m, late
	} else if err != nil {
		return m, gone
	}
	if len(data) > limit {
		return m, tooLarge // framing.too-large
	}
	if !utf8.Valid(data) {
		return m, notUTF8 // RFC 6455, section 8.1; the library leaves it to us
	}
	m, ok := decode(data)
	if !ok {
		return m, malformed
	}
	c.heard.Store(int64(time.Since(c.began))) // heartbeat.any-frame
	return m, 0
}

// read does what the client asks, until there is a code to close with.
func (c *conn) read() int {
	patience := c.hub.cfg.interval + c.hub.cfg.timeout
	for {
		m, code := c.next(time.Now().Add(patience), noLifeSign) // heartbeat.silence-closes
		if code == 0 {
			code = c.handle(m, time.Now())
		}
		if code != 0 {
			return code
		}
		for c.flooded() {
			select {
			case <-c.wrote:
			case <-c.done:
				return gone
			}
		}
	}
}

func (c *conn) flooded() bool {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	return c.waiting > maxWaiting
}

// handle does what one message asks.
func (c *conn) handle(m message, received time.Time) (code int) {
	h := c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	expired := !c.expires.IsZero() && !received.Before(c.expires)
	switch {
	case c.closing != 0 || m.kind == "pong":
	case m.kind == "hello":
		return protocolViolation // handshake.hello-once
	case m.kind == "ping":
		c.push(obj{"type": "pong", "t": m.body["t"]}) // heartbeat.pong
	case shapes[m.kind] == nil:
		c.refuse(m, "unknown_type", "unknown type") // framing.unknown-type
	case m.wrong != "":
		c.refuse(m, "invalid", "wrong or missing: "+m.wrong) // framing.invalid
	case expired:
		c.refuse(m, "auth_expired", "the credentials of this connection expired") // auth.expired
	case m.kind == "generate":
		h.generate(c, m, received)
	case m.kind == "resume":
		h.resume(c, m)
	case m.kind == "cancel":
		h.cancel(c, m)
	}
	return 0
}

// push, locked, leaves a message for the writer.
func (c *conn) push(o obj) {
	message := encode(o)
	c.pushed = append(c.pushed, message)
	c.waiting += len(message)
	c.wake()
}

// refuse, locked, answers with an error (error.re, error.retryable).
func (c *conn) refuse(m message, code, why string) {
	re := obj{"type": cut(m.kind, 128)}
	if m.id != "" {
		re["id"] = m.id
	}
	o := fault(code, why)
	o["type"], o["re"] = "error", re
	c.push(o)
}

// cut shortens a text to so many characters.
func cut(text string, characters int) string {
	if runes := []rune(text); len(runes) > characters {
		return string(runes[:characters])
	}
	return text
}

func (c *conn) wake() {
	select {
	case c.awake <- struct{}{}:
	default: // it will wake up anyway
	}
}

// shut, locked, has the writer close the connection behind what it has to send. A writer that is stuck is cut off.
func (c *conn) shut(code int) {
	if c.closing == 0 {
		c.closing = code
		c.wake()
		time.AfterFunc(closePatience, func() { c.socket.Close() })
	}
}

// attach and drop, locked: this connection reads a stream from behind a cursor, or does not any more.
func (c *conn) attach(s *stream, after int) {
	s.reader = &attachment{c, s, after}
	s.attended()
	c.attached = append(c.attached, s.reader)
	c.wake()
}

func (c *conn) drop(a *attachment) {
	c.attached = slices.DeleteFunc(c.attached, func(b *attachment) bool { return a == b })
	a.stream.reader = nil
}

// take, locked, moves the cursor whose turn it is by one message, and gives what encodes that without the lock. Streams
// have their turn one after the other (flow.fair); adjacent tokens are merged (sequence.merged).
func (c *conn) take() func() []byte {
	for i, a := range c.attached {
		log, begin := a.stream.log[a.cursor:], a.cursor
		if len(log) == 0 {
			continue
		}
		n := 1
		for size := len(log[0].text); log[0].raw == nil && n < len(log) && log[n].raw == nil; n++ {
			if size += len(log[n].text); size > maxText {
				break
			}
		}
		a.cursor += n
		c.attached = append(slices.Delete(c.attached, i, i+1), a)
		if a.stream.ended && n == len(log) {
			c.drop(a) // nothing is left to receive, and nothing to be detached from
		}
		return func() []byte {
			if log[0].raw != nil {
				return encode(log[0].raw)
			}
			var text strings.Builder
			for _, e := range log[:n] {
				text.WriteString(e.text)
			}
			token := obj{"type": "token", "id": a.stream.id, "seq": begin + n, "text": text.String()}
			if n > 1 {
				token["from"] = begin + 1
			}
			return encode(token)
		}
	}
	return nil
}

// write is the writer: first what was pushed (flow.control-first), then one message from the logs, and again. So a
// flood of either kind does not starve the other.
func (c *conn) write() {
	defer close(c.done)
	mu := &c.hub.mu
	sent, pinged := c.began, c.began
	for {
		// heartbeat.pings: an interval after the older of the last signs of both directions, or after the last ping.
		quiet := c.began.Add(time.Duration(c.heard.Load()))
		if sent.Before(quiet) {
			quiet = sent
		}
		if pinged.After(quiet) {
			quiet = pinged
		}
		due := time.Until(quiet.Add(c.hub.cfg.interval))
		mu.Lock()
		if due <= 0 && c.closing == 0 {
			pinged = time.Now()
			c.push(obj{"type": "ping", "t": pinged.Sub(c.began).Milliseconds()})
		}
		messages, size, closing := c.pushed, c.waiting, c.closing
		c.pushed = nil
		token := c.take()
		mu.Unlock()
		if token != nil {
			messages = append(messages, token())
		}
		for _, message := range messages {
			if c.send(message) != nil {
				return
			}
		}
		if len(messages) > 0 {
			sent = time.Now()
			mu.Lock()
			c.waiting -= size
			mu.Unlock()
			select {
			case c.wrote <- struct{}{}:
			default:
			}
			continue
		}
		if closing != 0 {
			if closing != gone {
				c.sendClose(closing)
			}
			return
		}
		select {
		case <-c.awake:
		case <-time.After(due):
		}
	}
}

// send writes one message. A socket that fails, or takes nothing, is closed, and so the reader learns of it.
func (c *conn) send(message []byte) error {
	c.ws.SetWriteDeadline(time.Now().Add(stallPatience))
	err := c.ws.WriteMessage(websocket.TextMessage, message)
	if err != nil {
		c.socket.Close()
	}
	return err
}

func (c *conn) sendClose(code int) {
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(closePatience))
}
