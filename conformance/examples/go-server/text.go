package main

import (
	"unicode/utf16"
	"unicode/utf8"
)

// joiner turns the JSON strings of a model's deltas into well-formed text (sequence.surrogates). encoding/json would
// do it delta by delta, and so lose both halves of a surrogate pair that a model split over two of them: escapes are
// read here, and a high half waits until the next text says whether its low half came.
type joiner struct {
	high rune // the half that waits, or 0
}

// add decodes one JSON string, quotes included, that encoding/json has found to be valid.
func (j *joiner) add(quoted []byte) string {
	s := quoted[1 : len(quoted)-1]
	out := make([]byte, 0, len(s)+utf8.UTFMax)
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case s[0] == '\\' && s[1] == 'u':
			r, n = hex4(s[2:6]), 6
			if pair := utf16.DecodeRune(j.high, r); pair != utf8.RuneError {
				r, j.high = pair, 0
			}
		case s[0] == '\\':
			r, n = unescape[s[1]], 2
		case r == utf8.RuneError && n == 1:
			n = brokenBytes(s)
		}
		out = append(out, j.end()...)
		if s = s[n:]; 0xd800 <= r && r <= 0xdbff {
			j.high = r
		} else {
			out = utf8.AppendRune(out, r) // of a low half it makes U+FFFD
		}
	}
	return string(out)
}

// end gives what a half becomes that stayed alone.
func (j *joiner) end() string {
	if j.high == 0 {
		return ""
	}
	j.high = 0
	return string(utf8.RuneError)
}

var unescape = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// brokenBytes is how many bytes one U+FFFD stands for: as many as could have begun a character. So count the decoders of
// the web, and both ends agree on the text.
func brokenBytes(s []byte) int {
	n := 1
	for n < len(s) && n < utf8.UTFMax && !utf8.FullRune(s[:n+1]) {
		n++
	}
	return n
}

func hex4(s []byte) (unit rune) {
	for _, c := range s {
		if unit <<= 4; c <= '9' {
			unit |= rune(c - '0')
		} else {
			unit |= rune(c|0x20-'a'+10) & 15
		}
	}
	return unit
}
