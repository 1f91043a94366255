package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	usagePatience = time.Second      // end.usage, end.usage-bounded
	modelPatience = 10 * time.Minute // of silence; some models think for minutes before their first word
)

// supportedParams go to the model as they are. Everything else is refused: a parameter that is dropped in silence
// gives an answer that nobody asked for.
var supportedParams = []string{
	"temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "presence_penalty",
	"frequency_penalty", "logit_bias", "response_format", "reasoning_effort", "verbosity", "n",
}

// model is the HTTP API behind this server: chat completions as OpenAI defines them.
type model struct{ url, key, name string }

func newModel(baseURL, key, name string) *model {
	if baseURL == "" {
		baseURL = "https://api.openai.com/v1"
	}
	if name == "" {
		name = "gpt-5-mini"
	}
	return &model{strings.TrimRight(baseURL, "/") + "/chat/completions", key, name}
}

// requestBody is what the model gets for a generate (generate.forwards-messages).
func requestBody(m message, model string) []byte {
	body := obj{}
	params, _ := m.body["params"].(obj)
	maps.Copy(body, params)
	body["messages"], body["model"], body["stream"] = forwarded(m), model, true
	body["stream_options"] = obj{"include_usage": true}
	return encode(body)
}

// call is one request to the model, on a TCP connection of its own. net/http would rather keep connections and use them
// again; but then aborting a call would not be closing a connection, and a request on one that the model had closed
// meanwhile would fail, or be sent a second time (generate.no-blind-retry).
type call struct {
	ctx           context.Context
	conn          atomic.Pointer[ownConn]
	written, sent atomic.Bool // the request into net/http's buffer, and a byte of it from there to the model
}

// ownConn is the connection of a call. Of its Close, every one returns when it is closed, and not only the first.
type ownConn struct {
	net.Conn
	call  *call
	close func() error
}

func (c *ownConn) Close() error { return c.close() }

func (c *ownConn) Write(b []byte) (int, error) {
	if c.call.written.Load() { // before that, it is the handshake of TLS
		c.call.sent.Store(true)
	}
	return c.Conn.Write(b)
}

// dial remembers the connection and closes it as soon as the call is aborted, also before the model's headers
// (cancel.reaches-model, cancel.before-first-token). net/http would do so too, in its own time.
func (c *call) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	own := &ownConn{conn, c, sync.OnceValue(conn.Close)}
	c.conn.Store(own)
	context.AfterFunc(c.ctx, func() { own.Close() })
	return own, nil
}

// run makes the request and hands on its text until the model has ended or the call was aborted. It uses a transport
// and no client: a redirect is a refusal, and not another request.
func (m *model) run(ctx context.Context, body []byte, text func(string)) outcome {
	ctx, abort := context.WithCancel(ctx)
	defer abort() // and so the connection is closed, whatever happened
	c := &call{ctx: ctx}
	silence := time.AfterFunc(modelPatience, abort)
	defer silence.Stop()
	trace := &httptrace.ClientTrace{WroteHeaders: func() { c.written.Store(true) }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), "POST", m.url, bytes.NewReader(body))
	if err != nil {
		return c.failed()
	}
	request.GetBody = nil // what cannot be read again cannot be sent again
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+m.key)
	transport := &http.Transport{
		DialContext: c.dial, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, DisableCompression: true,
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return c.failed()
	}
	defer response.Body.Close()
	if status := response.StatusCode; status/100 != 2 { // end.model-refuses
		return broken("upstream_refused", fmt.Sprintf("the model answered with status %d", status))
	}
	a := answer{text: text}
	for lines := bufio.NewReader(response.Body); err == nil && !a.done; silence.Reset(modelPatience) {
		hadReason := a.reason != ""
		if err = a.event(lines); !hadReason && a.reason != "" {
			defer time.AfterFunc(usagePatience, func() { c.conn.Load().Close() }).Stop()
		}
	}
	switch {
	case a.reason != "": // what breaks behind it changes nothing
		return a.end()
	case err == nil || err == io.EOF: // end.eof
		return broken("upstream_incomplete", "the model ended without a finish reason")
	}
	return c.failed()
}

// failed tells a call that broke (end.model-breaks) from one that this server ended.
func (c *call) failed() outcome {
	if c.ctx.Err() == nil {
		return broken("upstream_failed", "the call to the model broke")
	}
	o := broken("upstream_timeout", "the model was silent for too long") // or stream.stop knows the reason
	o.upstream = "none"
	if conn := c.conn.Load(); conn != nil {
		conn.Close() // cancel.aborted-is-true
		if c.sent.Load() {
			o.upstream = "aborted" // also before the headers: nobody can tell whether the model has accepted it
		}
	}
	return o
}

func broken(code, why string) outcome {
	return outcome{reason: "error", fault: fault(code, why), upstream: "failed"}
}

// answer is what the model has said so far.
type answer struct {
	text    func(string)
	join    joiner
	refused bool
	reason  string
	usage   obj
	done    bool
}

// chunk is one event of the model. Its text stays raw, for the joiner.
type chunk struct {
	Error   any `json:"error"`
	Choices []struct {
		Index int `json:"index"`
		Delta struct {
			Content json.RawMessage `json:"content"`
			Refusal json.RawMessage `json:"refusal"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Input   uint64 `json:"prompt_tokens"`
		Output  uint64 `json:"completion_tokens"`
		Details struct {
			Cached *uint64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		OutputDetails struct {
			Reasoning *uint64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	} `json:"usage"`
}

// event reads one server-sent event: its data lines up to the empty one. A rest that the end of the response cut off is
// no event.
func (a *answer) event(lines *bufio.Reader) error {
	var data []byte
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if value, is := bytes.CutPrefix(line, []byte("data:")); is {
			data = append(append(data, value...), '\n')
		} else if len(line) == 0 && len(data) > 0 {
			return a.take(bytes.TrimSpace(data))
		}
	}
}

func (a *answer) take(data []byte) error {
	if a.done = string(data) == "[DONE]"; a.done {
		return nil
	}
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	if c.Error != nil {
		return errors.New("the model reports an error")
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue // generate.one-choice
		}
		for i, raw := range []json.RawMessage{choice.Delta.Content, choice.Delta.Refusal} {
			if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
				continue
			}
			if raw[0] != '"' {
				return errors.New("the model wrote something else than text")
			}
			a.refused = a.refused || i == 1
			a.text(a.join.add(raw)) // sequence.first-token-at-once
		}
		if choice.FinishReason != "" {
			a.reason = choice.FinishReason
		}
	}
	if u := c.Usage; u != nil {
		a.usage = obj{"input_tokens": u.Input, "output_tokens": u.Output}
		if u.Details.Cached != nil {
			a.usage["cached_tokens"] = *u.Details.Cached
		}
		if u.OutputDetails.Reasoning != nil {
			a.usage["reasoning_tokens"] = *u.OutputDetails.Reasoning
		}
	}
	return nil
}

// end is the outcome of a call whose model gave its finish reason (end.finish-reason).
func (a *answer) end() outcome {
	a.text(a.join.end())
	o := outcome{reason: a.reason, upstream: "completed", usage: a.usage}
	switch {
	case a.refused:
		o.reason = "refusal"
	case a.reason != "stop" && a.reason != "length" && a.reason != "tool_calls" && a.reason != "content_filter":
		o.reason, o.fault = "error", fault("upstream_failed", "the finish reason of the model is unknown here")
	}
	return o
}
