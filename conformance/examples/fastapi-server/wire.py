"""What stands on the wire: the client's messages and what is wrong with them, the server's, and well-formed text."""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

Message = dict[str, Any]
Check = Callable[[Any], bool]

ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
SESSION = re.compile(r"[A-Za-z0-9_-]{22,128}")
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
HALF = re.compile("[\ud800-\udfff]")
LARGEST = 2**53 - 1

# The codes of section 18 that another try may cure; the others that this server uses are final.
RETRYABLE = {
    *("too_many_streams", "internal"),
    *("upstream_refused", "upstream_failed", "upstream_incomplete", "upstream_timeout"),
}


class Close(Exception):
    """The client did what no answer can repair: the connection closes with this code."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


class Refuse(Exception):
    """One request cannot be served: an `error` answers it, and the connection lives."""

    def __init__(self, code: str, why: str, request: Message, **more: int):
        super().__init__(code)
        # error.re: a type that the server does not know can be of any length and hold half a character.
        re_: Message = {"type": well_formed(request["type"][:128])}
        if _is_id(request.get("id")):
            re_["id"] = request["id"]
        # error.retryable
        self.error = {"type": "error", "code": code, "message": why, "retryable": code in RETRYABLE, "re": re_, **more}


def encode(message: Message) -> str:
    # framing.plain-json: a dict has no key twice, and no message of this server holds a float.
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Message:
    """One message of the client, valid against its open schema, or Close, or Refuse."""
    # framing.not-an-object
    try:
        message = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise Close(4400) from None
    if not isinstance(message, dict) or _deeper_than(32, message):
        raise Close(4400)
    # framing.no-type
    kind = message.get("type")
    if not isinstance(kind, str):
        raise Close(4400)
    # framing.unknown-type
    if kind not in FIELDS:
        raise Refuse("unknown_type", "this server does not know this type", message)
    # framing.no-readable-id: without an id nobody could tell which request an error answers.
    is_request = "id" in FIELDS[kind]
    if is_request and not _is_id(message.get("id")):
        raise Close(4400)
    # framing.invalid, framing.unknown-fields. Half a surrogate pair can only come as an escape: the frame was UTF-8.
    wrong = _first_wrong(FIELDS[kind], message)
    if wrong is None and "\\u" in text and HALF.search(encode(message)):
        wrong = "a string that is not well-formed Unicode"
    if wrong is not None:
        raise Refuse("invalid", f"missing or wrong: {wrong}", message) if is_request else Close(4400)
    return message


def well_formed(text: str) -> str:
    """Rejoins the halves of surrogate pairs; a half that stands alone becomes U+FFFD."""
    if not HALF.search(text):
        return text
    text = PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return HALF.sub("\ufffd", text)


class TextAssembler:
    """Makes well-formed text of deltas that may end in the middle of a character."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, delta: str) -> str:
        # sequence.surrogates, sequence.first-token-at-once: one half is all that is ever held back.
        text = self._held + delta
        self._held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return well_formed(text[: len(text) - len(self._held)])

    def rest(self) -> str:
        return well_formed(self._held)


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _number(literal: str) -> int | float:
    # 1.0 and 1e0 are the integer 1 to JSON Schema and to every reader in JavaScript. Written back, it is a plain 1.
    value = float(literal)
    return int(value) if value.is_integer() and abs(value) <= LARGEST else value


def _not_json(literal: str) -> NoReturn:
    raise ValueError(f"{literal} is Python's, not JSON")


def _deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit):
        children = (child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent))
        level = [child for child in children if isinstance(child, (dict, list))]
    return bool(level)


def _first_wrong(fields: dict[str, Check], message: Message) -> str | None:
    for name, is_right in fields.items():
        key = name.removesuffix("?")
        # An optional field is absent when there is nothing to say: null is as wrong as any other value.
        if not is_right(message[key]) if key in message else key == name:
            return key
    return None


def _string(longest: float = float("inf"), shortest: int = 0) -> Check:
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest


def _like(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _object(fields: dict[str, Check]) -> Check:
    return lambda value: isinstance(value, dict) and _first_wrong(fields, value) is None


_is_id = _like(ID)
_is_epoch = _string(128, shortest=1)
_is_message = _object({"role": lambda v: v in ("system", "developer", "user", "assistant"), "content": _string()})

# The client's messages of section 3, with "?" behind the name of an optional field. Other fields are ignored.
FIELDS: dict[str, dict[str, Check]] = {
    "hello": {
        "auth?": _object({"scheme": _string(shortest=1), "token": _string(shortest=1)}),
        "session?": _like(SESSION),
        "features": lambda v: isinstance(v, dict) and all(f is True or isinstance(f, dict) for f in v.values()),
        "client?": _object({"name": _string(), "version": _string()}),
    },
    "generate": {
        "id": _is_id,
        "messages": lambda v: isinstance(v, list) and len(v) > 0 and all(map(_is_message, v)),
        # `start` repeats it and has to fit into one message of the server, so the name of a model cannot be endless.
        "model?": _string(1024, shortest=1),
        "params?": _object({}),
        "on_disconnect?": lambda v: v in ("continue", "cancel"),
        "grace_ms?": is_integer,
        "resend?": _object({"epoch?": _is_epoch}),
        "trace?": _object({}),
    },
    "cancel": {"id": _is_id, "reason?": _string()},
    "resume": {"id": _is_id, "epoch": _is_epoch, "after": is_integer},
    "ping": {"t": is_integer},
    "pong": {"t": is_integer},
}
