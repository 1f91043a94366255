package main

import (
	"context"
	"crypto/sha256"
	"time"
	"unicode/utf8"
)

// abortPatience: cancel.end-in-time and end.abandoned allow 2 s, also when a connection to the model does not close.
const abortPatience = 1500 * time.Millisecond

// stream is one answer of the model: an append-only log, the producer that fills it, and at most one reader.
type stream struct {
	hub            *hub
	who            *principal
	id             string
	payload        [sha256.Size]byte
	model          string
	grace          time.Duration
	cancelWhenLost bool

	log    []entry // the entry with seq n is log[n-1]
	ended  bool
	bytes  int         // of text, in UTF-8
	reader *attachment // nil: nobody is attached
	orphan *time.Timer // runs out with the grace

	abort   context.CancelFunc // closes the connection to the model
	verdict *outcome           // once it is being stopped: how it ends, whatever the model does meanwhile

	received, asked, first time.Time // generate, the request to the model, the first token
}

// entry is text, or a message that is sent as it was logged: start and end. It never changes once it is in a log, so a
// writer may read on in its slice of the log without the lock (resume.same-content).
type entry struct {
	raw  obj
	text string
}

// outcome is what became of the call of the model, and so of the stream.
type outcome struct {
	reason   string
	fault    obj // the error of end, or nil (end.error-given)
	upstream string
	usage    obj
}

func fault(code, why string) obj {
	return obj{"code": code, "message": why, "retryable": retryable[code]}
}

// newStream, locked, accepts a generate.
func newStream(h *hub, who *principal, m message, received time.Time) *stream {
	grace, model := h.cfg.limits.GraceDefaultMS, h.model.name
	if given, ok := integer(m.body["grace_ms"]); ok {
		grace = min(given, h.cfg.limits.GraceMaxMS) // generate.grace-clamped
	}
	if given := m.text("model"); given != "" {
		model = given
	}
	s := &stream{
		hub: h, who: who, id: m.id, payload: payload(m), model: model, grace: ms(grace),
		cancelWhenLost: m.text("on_disconnect") == "cancel", received: received,
	}
	s.append(entry{raw: obj{"type": "start", "id": s.id, "seq": 1, "epoch": h.epoch, "model": model, "grace_ms": grace}})
	return s
}

// append, locked, logs an entry and wakes its reader. It waits for nobody.
func (s *stream) append(e entry) {
	s.log = append(s.log, e)
	if s.reader != nil {
		s.reader.conn.wake()
	}
}

// run is the producer: it makes the one call of this stream.
func (s *stream) run(ctx context.Context, body []byte) {
	defer s.abort()
	s.hub.mu.Lock()
	s.asked = time.Now()
	s.hub.mu.Unlock()
	s.end(s.hub.model.run(ctx, body, s.text))
}

// text logs what the model wrote; a large delta becomes several entries (sequence.split). Once the stream is being
// stopped, nothing but its end is logged (cancel.nothing-but-end).
func (s *stream) text(text string) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for text != "" && s.verdict == nil && !s.ended {
		if s.first.IsZero() {
			s.first = time.Now()
		}
		n := min(len(text), maxText)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		s.bytes += n
		s.append(entry{text: text[:n]})
		text = text[n:]
	}
}

// stop, locked, decides how the stream ends and closes the model (cancel.reaches-model). The end is logged when that
// has happened, or takes too long. A cancel overrules another reason: it was answered "cancelling" (cancel.reason).
func (s *stream) stop(reason string, why obj) {
	if s.ended || s.verdict != nil && reason != "cancelled" {
		return
	}
	if s.verdict == nil {
		time.AfterFunc(abortPatience, func() { s.end(outcome{upstream: "unknown"}) })
	}
	s.verdict = &outcome{reason: reason, fault: why}
	s.abort()
}

// end logs the end, once (end.once, end.last).
func (s *stream) end(o outcome) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ended {
		return
	}
	if s.verdict != nil {
		o.reason, o.fault = s.verdict.reason, s.verdict.fault
	}
	now := time.Now()
	if s.asked.IsZero() {
		s.asked = now
	}
	since := func(t time.Time) int64 { return t.Sub(s.received).Milliseconds() }
	timing := obj{"queue_ms": since(s.asked), "total_ms": since(now)}
	if !s.first.IsZero() {
		timing["ttft_ms"] = since(s.first)
	}
	end := obj{
		"type": "end", "id": s.id, "seq": len(s.log) + 1, "finish_reason": o.reason, "upstream": o.upstream,
		"utf8_bytes": s.bytes, "timing": timing,
	}
	if o.fault != nil {
		end["error"] = o.fault
	}
	if o.usage != nil {
		end["usage"] = o.usage
	}
	s.ended = true
	s.append(entry{raw: end})
	s.attended()
	s.who.active--
	delete(h.active, s)
	time.AfterFunc(ms(h.cfg.limits.RetentionMS), func() { s.expire(true) }) // resume.ended
}

// expire forgets the log and remembers the id; the second time it forgets the id too (generate.expired).
func (s *stream) expire(remember bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.who.streams, s.id)
	delete(s.who.expired, s.id)
	if l := s.hub.cfg.limits; remember {
		s.who.expired[s.id] = struct{}{}
		time.AfterFunc(ms(l.IDMemoryMS-l.RetentionMS), func() { s.expire(false) })
	}
	s.hub.forget(s.who)
}

// lost, locked: the attached connection is gone. The stream ends (end.disconnect-cancels), or waits for somebody to
// come back (end.disconnect-continues, end.abandoned).
func (s *stream) lost() {
	if s.cancelWhenLost {
		s.stop("cancelled", nil)
	} else if !s.ended {
		var timer *time.Timer
		timer = time.AfterFunc(s.grace, func() {
			s.hub.mu.Lock()
			defer s.hub.mu.Unlock()
			if s.orphan == timer { // nobody came, not even just now
				s.stop("abandoned", nil)
			}
		})
		s.orphan = timer
	}
}

// attended, locked: there is somebody, or nothing to wait for any more.
func (s *stream) attended() {
	if s.orphan != nil {
		s.orphan.Stop()
		s.orphan = nil
	}
}
