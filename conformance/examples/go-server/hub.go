package main

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// hub knows every connection and every stream. Its mutex guards them all: conns, streams and principals have none of
// their own, and a function whose comment says "locked" is called with it held.
type hub struct {
	cfg   config
	model *model
	epoch string // resume.epoch-renewed: the logs live as long as the process, and so does the name of their store

	mu         sync.Mutex
	principals map[string]*principal
	conns      map[*conn]struct{}
	active     map[*stream]struct{}
	deadline   time.Time // of the drain; zero before it
}

// principal is whom the server takes a client for, and all that is remembered of it. What another principal has is not
// in here, and so looks like what never existed (auth.streams-private, auth.ids-per-principal).
type principal struct {
	name    string
	conns   int
	active  int
	streams map[string]*stream  // by id, until retention_ms after their end
	expired map[string]struct{} // ids whose log is gone
	tombs   []tombstone         // the oldest first
}

// tombstone remembers an id that was cancelled while it was unknown.
type tombstone struct {
	id    string
	since time.Time
}

func newHub(cfg config, model *model) *hub {
	h := &hub{
		cfg: cfg, model: model, epoch: "e-" + rand.Text(),
		principals: map[string]*principal{}, conns: map[*conn]struct{}{}, active: map[*stream]struct{}{},
	}
	go func() {
		for range time.Tick(time.Minute) {
			h.sweep()
		}
	}()
	return h
}

// authenticate says who a hello comes from (auth.rejected, auth.session-is-principal).
func (h *hub) authenticate(hello message, conn string) (credential, bool) {
	if h.cfg.tokens != nil {
		auth, _ := hello.body["auth"].(obj)
		token, _ := auth["token"].(string)
		known, ok := h.cfg.tokens[token]
		return credential{"subject " + known.principal, known.life}, ok && auth["scheme"] == "bearer"
	}
	if session := hello.text("session"); session != "" {
		return credential{principal: "session " + session}, true
	}
	return credential{principal: "connection " + conn}, true
}

// join, locked: a connection has been welcomed.
func (h *hub) join(c *conn, name string) {
	if h.principals[name] == nil {
		h.principals[name] = &principal{name: name, streams: map[string]*stream{}, expired: map[string]struct{}{}}
	}
	c.who = h.principals[name]
	c.who.conns++
	h.conns[c] = struct{}{}
	if !h.deadline.IsZero() {
		c.push(h.goaway())
	}
}

// leave, locked: a connection is lost. What another connection attached meanwhile is not in c.attached any more
// (resume.zombie).
func (h *hub) leave(c *conn) {
	for _, a := range slices.Clone(c.attached) {
		c.drop(a)
		a.stream.lost()
	}
	delete(h.conns, c)
	c.who.conns--
	h.forget(c.who)
}

// sweep forgets the tombstones that are older than limits.id_memory_ms.
func (h *hub) sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	oldest := time.Now().Add(-ms(h.cfg.limits.IDMemoryMS))
	for _, who := range h.principals {
		who.tombs = slices.DeleteFunc(who.tombs, func(t tombstone) bool { return t.since.Before(oldest) })
		h.forget(who)
	}
}

// forget, locked, drops a principal of whom nothing is left to know.
func (h *hub) forget(who *principal) {
	if who.conns+len(who.streams)+len(who.expired)+len(who.tombs) == 0 {
		delete(h.principals, who.name)
	}
}

// generate, locked, attaches to a stream, refuses, or begins one. What is known of the id comes first, so that a resend
// learns the truth also where new work would be refused. generate.one-call: entering the stream here, under the lock,
// and starting its producer are one step.
func (h *hub) generate(c *conn, m message, received time.Time) {
	if s := c.who.streams[m.id]; s != nil {
		if s.payload != payload(m) {
			c.refuse(m, "id_conflict", "the id is in use for another payload") // generate.id-conflict
		} else {
			h.attach(c, s, 0) // generate.attaches
		}
		return
	}
	if code, why := h.refusal(c.who, m); code != "" {
		c.refuse(m, code, why) // generate.refused-keeps-id: nothing was written down
		return
	}
	s := newStream(h, c.who, m, received)
	c.who.streams[m.id] = s
	c.who.active++
	h.active[s] = struct{}{}
	// generate.start-at-once: as an answer, which no cancel_ok overtakes; the cursor begins behind it.
	c.push(s.log[0].raw)
	c.attach(s, 1)
	ctx, abort := context.WithCancel(context.Background())
	s.abort = abort
	go s.run(ctx, requestBody(m, s.model))
}

// refusal gives the reason not to begin a stream, locked. None of them calls the model.
func (h *hub) refusal(who *principal, m message) (code, why string) {
	if _, known := who.expired[m.id]; known {
		return "expired", "the log of this id is gone" // generate.expired
	}
	if slices.ContainsFunc(who.tombs, func(t tombstone) bool { return t.id == m.id }) {
		return "cancelled", "this id was cancelled before it was generated" // cancel.tombstone
	}
	if resend, is := m.body["resend"].(obj); is && resend["epoch"] != h.epoch {
		return "outcome_unknown", "the first try may or may not have run" // generate.outcome-unknown
	}
	params, _ := m.body["params"].(obj)
	for name, value := range params {
		if n, _ := integer(value); !slices.Contains(supportedParams, name) || name == "n" && n != 1 {
			return "unsupported_param", cut(name, 64) + " is not supported" // generate.unsupported-param, .one-choice
		}
	}
	if !h.deadline.IsZero() {
		return "draining", "the server is going away" // drain.refuses
	}
	if who.active >= h.cfg.limits.MaxStreams {
		return "too_many_streams", "limits.max_streams are active" // generate.too-many
	}
	return "", ""
}

// resume, locked, attaches or refuses, in the order of section 10. Nothing is ever trimmed here, so there is no gap.
func (h *hub) resume(c *conn, m message) {
	s := c.who.streams[m.id]
	_, expired := c.who.expired[m.id]
	after, _ := integer(m.body["after"])
	switch {
	case m.text("epoch") != h.epoch:
		c.refuse(m, "epoch_mismatch", "the epoch is not that of this log store")
	case expired:
		c.refuse(m, "expired", "the log of this id is gone")
	case s == nil:
		c.refuse(m, "unknown_stream", "no such stream")
	case after > len(s.log):
		c.refuse(m, "cursor_ahead", "after is larger than the head of the log")
	default:
		h.attach(c, s, after)
	}
}

// attach, locked, announces a replay (resume.announced) and sets the cursor that makes it.
func (h *hub) attach(c *conn, s *stream, after int) {
	if old := s.reader; old != nil {
		old.conn.drop(old)
		if old.conn != c { // resume.supersedes, resume.same-connection
			old.conn.push(obj{"type": "detached", "id": s.id, "reason": "superseded", "head": len(s.log)})
		}
	}
	c.push(obj{"type": "resumed", "id": s.id, "epoch": h.epoch, "from": after + 1, "head": len(s.log)})
	if !s.ended || after < len(s.log) {
		c.attach(s, after)
	}
}

// cancel, locked, stops a stream of this principal, from whichever of its connections (cancel.any-connection), and
// answers each time (cancel.answered).
func (h *hub) cancel(c *conn, m message) {
	s := c.who.streams[m.id]
	_, expired := c.who.expired[m.id]
	state := "unknown"
	switch {
	case expired || s != nil && s.ended:
		state = "ended" // cancel.after-end
	case s != nil:
		state = "cancelling"
	default: // cancel.tombstone, and the youngest of the last so many
		tombs := slices.DeleteFunc(c.who.tombs, func(t tombstone) bool { return t.id == m.id })
		tombs = append(tombs, tombstone{m.id, time.Now()})
		c.who.tombs = tombs[max(0, len(tombs)-h.cfg.limits.Tombstones):]
	}
	c.push(obj{"type": "cancel_ok", "id": m.id, "state": state})
	if state == "cancelling" {
		s.stop("cancelled", nil)
	}
}

func (h *hub) goaway() obj {
	left := max(0, time.Until(h.deadline).Milliseconds())
	return obj{"type": "goaway", "reason": "shutdown", "deadline_ms": left, "reconnect_ms": []int{0, 2000}}
}

// drain is the planned end of the process. It is over before the deadline only when nobody is connected and nothing
// runs: who is connected may still want a log that goes with the process.
func (h *hub) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deadline = time.Now().Add(h.cfg.drain)
	for c := range h.conns {
		c.push(h.goaway()) // drain.goaway
	}
	h.await(h.cfg.drain, func() bool { return len(h.active)+len(h.conns) == 0 }) // drain.finishes
	for s := range h.active {
		s.stop("error", fault("draining", "the server is going away")) // drain.deadline
	}
	h.await(abortPatience+time.Second, func() bool { return len(h.active) == 0 })
	for c := range h.conns {
		c.shut(draining) // behind what its cursors have not reached yet
	}
	h.await(closePatience+time.Second, func() bool { return len(h.conns) == 0 })
}

// await, locked, looks every few milliseconds whether a state has come, and lets go of the lock in between.
func (h *hub) await(patience time.Duration, reached func() bool) {
	for end := time.Now().Add(patience); !reached() && time.Now().Before(end); h.mu.Lock() {
		h.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
}
