"""Streams: the call of the model, the log that it fills, and the cursors that read the log."""

import asyncio
import json
import logging
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import httpx

from wire import RETRYABLE, Message, TextAssembler, is_integer

log = logging.getLogger("uvicorn.error")


def setting(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


# resume.epoch-renewed: this process knows nothing of what the one before it accepted.
EPOCH = "e-" + secrets.token_urlsafe(12)
GRACE_MS = setting("TOKENWIRE_GRACE_MS", 60_000)
RETENTION_MS = setting("TOKENWIRE_RETENTION_MS", 300_000)
LIMITS = {
    "hello_timeout_ms": setting("TOKENWIRE_HELLO_TIMEOUT_MS", 10_000),
    "max_client_bytes": 1_048_576,
    "max_server_bytes": 65_536,
    "max_streams": setting("TOKENWIRE_MAX_STREAMS", 64),
    "retention_ms": RETENTION_MS,
    "grace_default_ms": GRACE_MS,
    "grace_max_ms": max(GRACE_MS, 600_000),
    "id_memory_ms": max(RETENTION_MS, 3_600_000),
    "tombstones": 1_024,
    "outbound_bytes": 1_048_576,
}
DEFAULT_MODEL = os.environ.get("OPENAI_MODEL", "gpt-5-mini")
# Of one token, in characters. The worst one takes six bytes in JSON, so it fits into max_server_bytes.
LONGEST_TEXT = 8_192
LONGEST_EVENT = 8 * 1_048_576
MODEL_SILENCE_S = 300
USAGE_WAIT_S = 1.0
# How long a call that was cancelled may take to close before `end` says that nobody knows.
CLOSING_CALL_S = 1.5
# A carriage return at the very end of what is there may be half of a line end.
LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


def clock() -> float:
    return asyncio.get_running_loop().time()


def after(delay_s: float, do: Callable[..., object], *arguments: Any) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, do, *arguments)


def make_http() -> httpx.AsyncClient:
    key = os.environ.get("OPENAI_API_KEY")
    return httpx.AsyncClient(
        base_url=os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
        timeout=httpx.Timeout(10, read=MODEL_SILENCE_S, write=30, pool=None),
        # A new connection for each call. A kept one may turn out to be dead when the request is written already, and
        # then nobody knows whether the model runs: generate.no-blind-retry forbids to try again.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )


class ModelFailed(Exception):
    def __init__(self, code: str, why: str, upstream: str = "failed"):
        super().__init__(why)
        self.code, self.why, self.upstream = code, why, upstream


class ModelCall:
    """A streaming chat completion. When the task that runs it was cancelled and is done, its connection is closed."""

    def __init__(self, body: Message, on_text: Callable[[str], None]):
        self._body = body
        self._on_text = on_text
        self._text = TextAssembler()
        self._refusing = False
        self.sent_at: float | None = None
        self.finish_reason: str | None = None
        self.usage: dict[str, int] | None = None

    @property
    def upstream_when_closed(self) -> str:
        # end.upstream: what became of the call if the server closes its connection now.
        if self.finish_reason is not None:
            return "completed"
        return "none" if self.sent_at is None else "aborted"

    async def run(self, http: httpx.AsyncClient) -> None:
        """Comes back when the model gave its finish reason, raises ModelFailed when it did not."""
        try:
            # end.usage-bounded: this clock starts at the finish reason.
            async with asyncio.timeout(None) as usage_wait:
                await self._read_response(http, usage_wait)
        except TimeoutError:
            pass
        except (httpx.HTTPError, ModelFailed) as failure:
            # end.finish-reason: what goes wrong behind the finish reason changes nothing any more.
            if self.finish_reason is None:
                raise self._named(failure) from failure
        # end.eof
        if self.finish_reason is None:
            raise ModelFailed("upstream_incomplete", "the model ended without a finish reason")
        if rest := self._text.rest():
            self._on_text(rest)
        if self._refusing:
            self.finish_reason = "refusal"

    async def _read_response(self, http: httpx.AsyncClient, usage_wait: asyncio.Timeout) -> None:
        extensions = {"trace": self._trace}
        async with http.stream("POST", "/chat/completions", json=self._body, extensions=extensions) as response:
            # end.model-refuses. Its words may hold the key that it was called with, so only its status is told.
            if not response.is_success:
                raise ModelFailed("upstream_refused", f"the model answered with status {response.status_code}")
            async for event in _events(response.aiter_bytes()):
                if event == "[DONE]":
                    return
                try:
                    self._read(json.loads(event))
                except (ValueError, TypeError, AttributeError, RecursionError):
                    # end.model-breaks: it is not skipped, since it may have held text.
                    raise ModelFailed("upstream_failed", "the model sent a chunk that cannot be read") from None
                if self.finish_reason is not None and usage_wait.when() is None:
                    usage_wait.reschedule(clock() + USAGE_WAIT_S)

    async def _trace(self, event: str, _info: Any) -> None:
        # Before this moment the model certainly does not run; from here on it may, whatever happens.
        if event.endswith("send_request_headers.started") and self.sent_at is None:
            self.sent_at = clock()

    def _named(self, failure: httpx.HTTPError | ModelFailed) -> ModelFailed:
        if isinstance(failure, ModelFailed):
            return failure
        if self.sent_at is None:
            return ModelFailed("upstream_failed", "the model could not be reached", upstream="none")
        if isinstance(failure, httpx.TimeoutException):
            return ModelFailed("upstream_timeout", "the model was silent for too long", upstream="aborted")
        return ModelFailed("upstream_failed", "the call to the model broke")

    def _read(self, chunk: Message) -> None:
        if chunk.get("error"):
            raise ValueError("an error in place of a chunk")
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            for field in ("content", "refusal"):
                if text := self._text.push(delta.get(field) or ""):
                    self._on_text(text)
            self._refusing = self._refusing or bool(delta.get("refusal"))
            reason = choice.get("finish_reason")
            if reason in ("stop", "length", "tool_calls", "content_filter"):
                self.finish_reason = reason
            elif reason is not None:
                raise ModelFailed("upstream_incomplete", "the model gave a reason without a name here", "completed")
        if usage := chunk.get("usage"):
            counts = {
                "input_tokens": usage.get("prompt_tokens"),
                "output_tokens": usage.get("completion_tokens"),
                "cached_tokens": (usage.get("prompt_tokens_details") or {}).get("cached_tokens"),
                "reasoning_tokens": (usage.get("completion_tokens_details") or {}).get("reasoning_tokens"),
            }
            counts = {name: count for name, count in counts.items() if is_integer(count)}
            self.usage = counts if {"input_tokens", "output_tokens"} <= counts.keys() else None


async def _events(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of each server-sent event."""
    rest, is_first = b"", True
    data: list[bytes] = []
    async for piece in pieces:
        # Lines are cut as bytes: a character that was split between two pieces is whole again when it is decoded.
        *lines, rest = LINE_END.split(rest + piece)
        if len(rest) + sum(len(line) for line in data) > LONGEST_EVENT:
            raise ModelFailed("upstream_failed", "the model sent a chunk that cannot be read")
        for line in lines:
            line, is_first = line.removeprefix(b"\xef\xbb\xbf") if is_first else line, False
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line == b"" and data:
                # sequence.surrogates: bytes that are not UTF-8 become U+FFFD.
                yield b"\n".join(data).decode("utf-8", "replace")
                data = []
    # The last event may lack its empty line. If it was cut off instead it is no JSON, and that is noticed.
    if rest.startswith(b"data:"):
        data.append(rest[5:].rstrip(b"\r").removeprefix(b" "))
    if data:
        yield b"\n".join(data).decode("utf-8", "replace")


class Principal:
    """What one subject owns. It lives as long as a connection, a stream or a timer holds it."""

    _named: ClassVar[WeakValueDictionary[str, "Principal"]] = WeakValueDictionary()

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self.active = 0
        self.tombstones: OrderedDict[str, None] = OrderedDict()

    @classmethod
    def named(cls, name: str) -> "Principal":
        principal = cls._named.get(name) or cls()
        cls._named[name] = principal
        return principal

    def bury(self, id_: str) -> None:
        # cancel.tombstone. The timer only holds this principal, when its last connection goes before.
        self.tombstones[id_] = None
        self.tombstones.move_to_end(id_)
        if len(self.tombstones) > LIMITS["tombstones"]:
            self.tombstones.popitem(last=False)
        after(LIMITS["id_memory_ms"] / 1000, lambda _: None, self)


class Stream:
    """One answer of the model: its log, the call that fills it and the attachment that reads it."""

    def __init__(self, principal: Principal, request: Message, digest: bytes, http: httpx.AsyncClient):
        self.id: str = request["id"]
        self.digest = digest
        self.ended = False
        self.attached: Attachment | None = None
        self._principal = principal
        self._cancels_on_loss = request.get("on_disconnect") == "cancel"
        # generate.grace-clamped
        self._grace_ms = min(request.get("grace_ms", GRACE_MS), LIMITS["grace_max_ms"])
        self._grace: asyncio.TimerHandle | None = None
        self._stopping: str | None = None
        self._utf8_bytes = 0
        self._began_at = clock()
        self._first_text_at: float | None = None
        model = request.get("model", DEFAULT_MODEL)
        start = {"type": "start", "id": self.id, "seq": 1, "epoch": EPOCH, "model": model, "grace_ms": self._grace_ms}
        # Entry n is log[n - 1]: a message, or the text of a token. None once the log expired.
        self.log: list[Message | str] | None = [start]
        principal.streams[self.id] = self
        principal.active += 1
        # generate.forwards-messages
        messages = [{"role": m["role"], "content": m["content"]} for m in request["messages"]]
        wanted = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        self._call = ModelCall({**request.get("params", {}), **wanted}, self._append_text)
        # generate.start-at-once: the call is a task of its own, nobody waits for it.
        self._task = asyncio.create_task(self._call.run(http))
        self._task.add_done_callback(self._call_is_over)

    def stop(self, reason: str) -> None:
        """`cancelled` or `abandoned`: closes the call. `end` follows when it is closed, or takes too long for that."""
        if self.ended:
            return
        # cancel.reaches-model, cancel.end-in-time
        if self._stopping is None:
            self._task.cancel()
            after(CLOSING_CALL_S, self._end, "unknown")
        # cancel.reason: a `cancel` is told `cancelling`, also while an abandoned stream is still being closed.
        if self._stopping is None or reason == "cancelled":
            self._stopping = reason

    def attach(self, attachment: "Attachment") -> None:
        self.attached = attachment
        if self._grace is not None:
            self._grace.cancel()

    def lose(self, attachment: "Attachment") -> None:
        """The connection of this attachment is gone."""
        # resume.zombie: another one may be attached by now.
        if self.attached is not attachment:
            return
        self.attached = None
        # end.disconnect-cancels, end.disconnect-continues, end.abandoned
        if self._cancels_on_loss:
            self.stop("cancelled")
        else:
            self._grace = after(self._grace_ms / 1000, self.stop, "abandoned")

    def _append_text(self, text: str) -> None:
        # cancel.nothing-but-end, end.last
        if self._stopping is not None or self.ended:
            return
        self._first_text_at = self._first_text_at or clock()
        self._utf8_bytes += len(text.encode())
        # sequence.split, framing.max-server-bytes
        for begin in range(0, len(text), LONGEST_TEXT):
            self._append(text[begin : begin + LONGEST_TEXT])

    def _append(self, entry: Message | str) -> None:
        assert self.log is not None
        self.log.append(entry)
        if self.attached is not None:
            self.attached.has_news()

    def _call_is_over(self, task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()
        if task.cancelled():
            # cancel.aborted-is-true: done means closed. A task that nobody stopped is cancelled as the process ends.
            if self._stopping is not None:
                self._end(self._call.upstream_when_closed)
        elif failure is None:
            self._end("completed", self._call.finish_reason)
        elif isinstance(failure, ModelFailed):
            self._end(failure.upstream, "error", failure.code, failure.why)
        else:
            log.error("a call of the model failed", exc_info=failure)
            self._end(self._call.upstream_when_closed, "error", "internal", "the server failed")

    def _end(self, upstream: str, reason: str | None = None, code: str | None = None, why: str = "") -> None:
        # end.once: the first one wins.
        if self.ended:
            return
        assert self.log is not None
        end = {"type": "end", "id": self.id, "seq": len(self.log) + 1, "finish_reason": self._stopping or reason}
        # end.error-given
        if end["finish_reason"] == "error":
            end["error"] = {"code": code, "message": why, "retryable": code in RETRYABLE}
        # end.usage
        if self._call.usage is not None:
            end["usage"] = self._call.usage
        # sequence.utf8-bytes
        end |= {"upstream": upstream, "utf8_bytes": self._utf8_bytes}
        moments = {"queue_ms": self._call.sent_at, "ttft_ms": self._first_text_at, "total_ms": clock()}
        if self._call.sent_at is not None:
            end["timing"] = {name: int((at - self._began_at) * 1000) for name, at in moments.items() if at is not None}
        self._append(end)
        self.ended = True
        self._principal.active -= 1
        # resume.ended, resume.expired, generate.expired
        after(RETENTION_MS / 1000, self._expire)
        after(LIMITS["id_memory_ms"] / 1000, self._forget)

    def _expire(self) -> None:
        self.log = None

    def _forget(self) -> None:
        del self._principal.streams[self.id]


class Attachment:
    """A connection that receives a stream, and how far it got."""

    def __init__(self, stream: Stream, cursor: int, connection: Any):
        assert stream.log is not None
        self.stream, self.cursor, self.connection = stream, cursor, connection
        # Its own hold of the log: a slow reader still comes to the end of a stream that expires meanwhile.
        self._log = stream.log
        self.over = False

    @property
    def head(self) -> int:
        return len(self._log)

    def is_behind(self) -> bool:
        return not self.over and self.cursor < self.head

    def has_news(self) -> None:
        self.connection.has_news(self)

    def next_message(self) -> Message:
        """The next entry, or several adjacent tokens as one."""
        first = self.cursor + 1
        entry = self._log[self.cursor]
        if not isinstance(entry, str):
            self.cursor = first
            return entry
        # sequence.merged
        texts, length = [], 0
        for text in self._log[self.cursor : self.cursor + LONGEST_TEXT]:
            if not isinstance(text, str) or length + len(text) > LONGEST_TEXT:
                break
            texts.append(text)
            length += len(text)
        self.cursor += len(texts)
        token = {"type": "token", "id": self.stream.id, "seq": self.cursor, "text": "".join(texts)}
        return token if len(texts) == 1 else token | {"from": first}
