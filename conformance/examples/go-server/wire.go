package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	subprotocol    = "tokenwire.v1"
	maxServerBytes = 64 << 10
	// maxText bounds the text of one entry and of one merged message. JSON makes at most six bytes out of one, so every
	// message stays below maxServerBytes (framing.max-server-bytes), and pieces this small let pongs and other streams
	// between (flow.control-first, flow.fair).
	maxText  = 8 << 10
	maxDepth = 32
	maxInt   = 1<<53 - 1
)

// Close codes of section 19, and 0 for "go on", gone for "lost, or closed by the other side".
const (
	gone, unsupportedData, notUTF8                    = -1, 1003, 1007
	malformed, unauthenticated, helloTimeout          = 4400, 4401, 4408
	protocolViolation, tooLarge, draining, noLifeSign = 4409, 4413, 4503, 4504
)

// retryable: the codes of section 18 that this server sends and that may be tried again (error.retryable).
var retryable = map[string]bool{
	"too_many_streams": true, "draining": true, "auth_expired": true,
	"upstream_refused": true, "upstream_failed": true, "upstream_incomplete": true, "upstream_timeout": true,
}

// limits are what welcome says of section 20.
type limits struct {
	HelloTimeoutMS int `json:"hello_timeout_ms"`
	MaxClientBytes int `json:"max_client_bytes"`
	MaxServerBytes int `json:"max_server_bytes"`
	MaxStreams     int `json:"max_streams"`
	RetentionMS    int `json:"retention_ms"`
	GraceDefaultMS int `json:"grace_default_ms"`
	GraceMaxMS     int `json:"grace_max_ms"`
	IDMemoryMS     int `json:"id_memory_ms"`
	Tombstones     int `json:"tombstones"`
	OutboundBytes  int `json:"outbound_bytes"`
}

// obj is a JSON object on its way out, or one that came in.
type obj = map[string]any

// encode gives the bytes of a message. Its strings are well-formed (framing.unicode): they come from decode or from a
// joiner.
func encode(o obj) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // a "<" stays one byte
	if err := encoder.Encode(o); err != nil {
		panic(err) // there is nothing in it that JSON cannot say
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// message is a message that can be answered: it has a type, and a well-formed id where its type needs one. wrong names
// a field that is not as it must be.
type message struct {
	kind, id, wrong string
	body            obj
}

func (m message) text(field string) string { s, _ := m.body[field].(string); return s }

// decode reads a text message; false: section 7 asks for 4400 (framing.not-an-object, framing.no-type).
func decode(data []byte) (m message, ok bool) {
	depth, lone := scan(data)
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.UseNumber() // a seed of 64 bits reaches the model as it was written
	var value any
	if depth > maxDepth || !json.Valid(data) || reader.Decode(&value) != nil {
		return m, false
	}
	m.body, _ = plain(value).(obj)
	if m.kind, ok = m.body["type"].(string); !ok {
		return m, false
	}
	if isID(m.body["id"]) {
		m.id = m.text("id")
	}
	fields, known := shapes[m.kind]
	if known && lone { // also in a field that nobody knows: such a message is no Unicode text
		m.wrong = "well-formed Unicode"
	}
	for _, f := range fields { // framing.unknown-fields: nothing but these is looked at
		if value, present := m.body[f.name]; present && !f.is(value) || !present && f.required {
			m.wrong = f.name
		}
	}
	switch m.kind {
	case "generate", "cancel", "resume": // wrong fields are framing.invalid: the request can be named, and refused
		return m, m.id != "" // framing.no-readable-id
	}
	return m, m.wrong == ""
}

type field struct {
	name     string
	required bool
	is       func(any) bool
}

// shapes are the messages and fields that this server knows. A field that has nothing to say is absent, never null.
var shapes = map[string][]field{
	"hello": {
		{"auth", false, has(field{"scheme", true, isName}, field{"token", true, isName})},
		{"session", false, matches(`^[A-Za-z0-9_-]{22,128}$`)},
		{"features", true, isFeatures},
		{"client", false, has(field{"name", true, isString}, field{"version", true, isString})},
	},
	"ping": {{"t", true, isInteger}},
	"pong": {{"t", true, isInteger}},
	"generate": {
		{"id", true, isID}, {"messages", true, isMessages}, {"model", false, isName}, {"params", false, has()},
		{"on_disconnect", false, matches(`^(continue|cancel)$`)}, {"grace_ms", false, isInteger},
		{"resend", false, has(field{"epoch", false, isEpoch})}, {"trace", false, has()},
	},
	"cancel": {{"id", true, isID}, {"reason", false, isString}},
	"resume": {{"id", true, isID}, {"epoch", true, isEpoch}, {"after", true, isInteger}},
}

func matches(pattern string) func(any) bool {
	expression := regexp.MustCompile(pattern)
	return func(v any) bool { s, ok := v.(string); return ok && expression.MatchString(s) }
}

func has(fields ...field) func(any) bool {
	return func(v any) bool {
		o, ok := v.(obj)
		for _, f := range fields {
			value, present := o[f.name]
			ok = ok && (present && f.is(value) || !present && !f.required)
		}
		return ok
	}
}

var (
	isID      = matches(`^[A-Za-z0-9_-]{16,64}$`)
	isObject  = has()
	isMessage = has(field{"role", true, matches(`^(system|developer|user|assistant)$`)}, field{"content", true, isString})
)

func isString(v any) bool { _, ok := v.(string); return ok }
func isName(v any) bool   { s, ok := v.(string); return ok && s != "" }
func isEpoch(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && utf8.RuneCountInString(s) <= 128
}
func isInteger(v any) bool { _, ok := integer(v); return ok }

func isFeatures(v any) bool {
	o, ok := v.(obj)
	for _, option := range o {
		ok = ok && (option == true || isObject(option))
	}
	return ok
}

func isMessages(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return !isMessage(v) })
}

// integer reads 0 … 2^53 − 1. The value of 1.0 is an integer, and so do the schemas see it.
func integer(v any) (int, bool) {
	f, ok := v.(float64)
	if literal, isLiteral := v.(json.Number); isLiteral {
		n, err := literal.Float64()
		f, ok = n, err == nil
	}
	return int(f), ok && f == math.Trunc(f) && 0 <= f && f <= maxInt
}

// plain writes equal numbers equally, in place: 1, 1.0 and 1e0 are one JSON value (generate.payload-equality).
func plain(v any) any {
	switch v := v.(type) {
	case obj:
		for key := range v {
			v[key] = plain(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && f == 0 {
			return json.Number("0") // −0 too
		} else if err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
	}
	return v
}

// payload is the same for equal payloads, and for no others. Fields that nobody reads are left out, as are resend and
// trace; the keys come out sorted.
func payload(m message) [sha256.Size]byte {
	known := obj{"messages": forwarded(m)}
	for _, name := range []string{"model", "params", "on_disconnect", "grace_ms"} {
		if value, present := m.body[name]; present {
			known[name] = value
		}
	}
	return sha256.Sum256(encode(known))
}

// forwarded are the messages for the model: role and content, and nothing else.
func forwarded(m message) (out []obj) {
	for _, v := range m.body["messages"].([]any) {
		out = append(out, obj{"role": v.(obj)["role"], "content": v.(obj)["content"]})
	}
	return out
}

// scan tells what encoding/json does not: how deep a text nests, and whether it escapes half of a surrogate pair.
func scan(data []byte) (depth int, lone bool) {
	open, inString, high := 0, false, false
	for i := 0; i < len(data); i++ {
		unit := rune(0)
		switch c := data[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			if i++; i+4 < len(data) && data[i] == 'u' {
				unit = hex4(data[i+1 : i+5])
				i += 4
			}
		case !inString && (c == '{' || c == '['):
			open++
			depth = max(depth, open)
		case !inString && (c == '}' || c == ']'):
			open--
		}
		lone = lone || high != (0xdc00 <= unit && unit <= 0xdfff)
		high = 0xd800 <= unit && unit <= 0xdbff
	}
	return depth, lone
}
