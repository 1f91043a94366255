"""A Tokenwire server of level `core`: FastAPI and uvicorn in front, httpx and a chat completions API behind.

One process, and every log in its memory. A restart forgets all streams, and the clients learn that from a new `epoch`;
a second worker would have logs of its own, so there must not be one.

The log is the server. The task of a stream appends to its log what the model says, the writer of each connection reads
logs from its cursors on, and neither ever waits for the other: live text, replay and a slow reader are the same thing.
Ids such as `resume.announced` name the sentences of PROTOCOL.md that the lines below them obey.

    wire.py     messages: what is right, what is wrong, and what follows from that
    streams.py  streams: the call of the model, the log, the cursors
    server.py   connections: the reader, the writer, the clock, and the process around them
"""

import asyncio
import hashlib
import json
import logging
import os
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from streams import EPOCH, LIMITS, Attachment, Principal, Stream, after, clock, make_http, setting
from wire import Close, Message, Refuse, decode, encode

log = logging.getLogger("uvicorn.error")

SUBPROTOCOL = "tokenwire.v1"
INTERVAL_MS = setting("TOKENWIRE_HEARTBEAT_INTERVAL_MS", 15_000)
TIMEOUT_MS = setting("TOKENWIRE_HEARTBEAT_TIMEOUT_MS", 10_000)
# `token=principal,…`, or `token=principal@ms` for a credential that lasts so long: by the hash of the token.
AUTH_TOKENS = os.environ.get("TOKENWIRE_AUTH_TOKENS", "")
ACCOUNTS = {
    hashlib.sha256(token.encode()).digest(): subject.partition("@")
    for token, _, subject in (pair.rpartition("=") for pair in AUTH_TOKENS.split(","))
    if token
}
PARAMS = {"temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens", "max_completion_tokens"}
PARAMS |= {"seed", "stop", "reasoning_effort", "n"}
# Of answers that wait for one connection, in characters. Behind that, nothing more is read from it.
LONGEST_QUEUE = 131_072
# For a connection that ends: for its last answers to leave, and then for the socket to be gone.
FLUSH_S, ABORT_S = 0.5, 1.0


class Gone(Exception):
    """The connection is lost, or closed by the client."""


class Connection:
    """One WebSocket: a reader that never waits for a model, the only writer, and a watch for silence."""

    def __init__(self, socket: WebSocket, http: httpx.AsyncClient):
        self._socket = socket
        self._http = http
        self._name = "c-" + secrets.token_urlsafe(6)
        self._expires_at = float("inf")
        # auth.session-is-principal: whoever brings neither credentials nor a session is this connection itself.
        self._principal = Principal()
        self._attachments: set[Attachment] = set()
        # What the writer sends: answers first, then what the logs of the attachments hold, in turn.
        self._answers: deque[str] = deque()
        self._answers_length = 0
        self._behind: deque[Attachment] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._closing = False
        self._heard_at = self._sent_at = clock()

    async def serve(self) -> None:
        # handshake.subprotocol-selected
        await self._socket.accept(subprotocol=SUBPROTOCOL)
        code = None
        try:
            await self._welcome()
            code = await self._converse()
        except Close as close:
            code = close.code
        except (Gone, WebSocketDisconnect):
            pass
        except Exception:
            log.exception("a connection failed")
            code = 4500
        finally:
            self._let_go()
        if code is not None:
            await self._close(code)

    async def _welcome(self) -> None:
        # handshake.hello-timeout, handshake.hello-first, handshake.closed-unprocessed
        try:
            async with asyncio.timeout(LIMITS["hello_timeout_ms"] / 1000):
                hello = await self._receive()
        except TimeoutError:
            raise Close(4408) from None
        except Refuse:
            raise Close(4409) from None
        if hello["type"] != "hello":
            raise Close(4409)
        # auth.rejected, handshake.no-call-before-auth
        if AUTH_TOKENS:
            auth = hello.get("auth", {"scheme": "", "token": ""})
            account = ACCOUNTS.get(hashlib.sha256(auth["token"].encode()).digest())
            if account is None or auth["scheme"].lower() != "bearer":
                raise Close(4401)
            name, _, lifetime_ms = account
            self._principal = Principal.named("account " + name)
            self._expires_at = clock() + int(lifetime_ms) / 1000 if lifetime_ms else self._expires_at
        elif "session" in hello:
            self._principal = Principal.named("session " + hello["session"])
        # handshake.welcome-first, handshake.pipelined-in-order: it is sent before anything else is read.
        welcome = {
            "type": "welcome",
            "conn": self._name,
            "epoch": EPOCH,
            # version.levels-claimed, version.features-negotiated
            "levels": ["core"],
            "features": {},
            "limits": LIMITS,
            "heartbeat": {"interval_ms": INTERVAL_MS, "timeout_ms": TIMEOUT_MS},
        }
        await self._socket.send_text(encode(welcome))
        self._heard_at = self._sent_at = clock()

    async def _converse(self) -> int | None:
        """Until the connection ends. The code to close it with, or None when nobody is there to read it."""
        writer = asyncio.create_task(self._write())
        tasks = [writer, asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # What was answered before the fault still leaves, when the client reads.
            self._let_go()
            self._closing = True
            self._news.set()
            await asyncio.wait([writer], timeout=FLUSH_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return next((code for task in done if (code := task.result()) is not None), None)

    async def _close(self, code: int) -> None:
        # heartbeat.silence-closes: who takes no data must not keep the connection, so the rest is thrown away then.
        after(ABORT_S, self._socket.state.drop)
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._socket.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            pass

    # Reading

    async def _receive(self) -> Message:
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise Gone
        # heartbeat.any-frame
        self._heard_at = clock()
        # framing.binary
        if event.get("text") is None:
            raise Close(1003)
        return decode(event["text"])

    async def _read(self) -> int | None:
        while True:
            try:
                self._handle(await self._receive())
            except Refuse as refusal:
                # error.never-ends
                self._answer(refusal.error)
            except Close as close:
                return close.code
            except Gone:
                return None
            # Many messages may have come in one piece; everybody else gets a turn between two of them.
            await asyncio.sleep(0)
            # Who asks and does not read the answers is not listened to until it does.
            while self._answers_length > LONGEST_QUEUE:
                self._room.clear()
                await self._room.wait()

    def _handle(self, message: Message) -> None:
        match message["type"]:
            case "generate":
                self._generate(message)
            case "resume":
                self._resume(message)
            case "cancel":
                self._cancel(message)
            case "ping":
                # heartbeat.pong
                self._answer({"type": "pong", "t": message["t"]})
            case "hello":
                # handshake.hello-once
                raise Close(4409)

    def _generate(self, request: Message) -> None:
        principal, digest = self._principal, _digest(request)
        known = principal.streams.get(request["id"])
        if known is not None:
            # generate.expired, generate.id-conflict, generate.attaches, generate.one-call
            if known.log is None:
                raise Refuse("expired", "the log of this id is gone", request)
            if known.digest != digest:
                raise Refuse("id_conflict", "this id is in use for another payload", request)
            return self._replay(known, 0)
        # cancel.tombstone
        if request["id"] in principal.tombstones:
            raise Refuse("cancelled", "this id was cancelled before it was generated", request)
        # generate.outcome-unknown, generate.resend-own-epoch
        if "resend" in request and request["resend"].get("epoch") != EPOCH:
            raise Refuse("outcome_unknown", "whether the first try ran is not known here", request)
        # generate.unsupported-param, generate.one-choice, generate.refused-keeps-id
        for name, value in request.get("params", {}).items():
            if name not in PARAMS or (name == "n" and value != 1) or not _can_be_sent(value):
                raise Refuse("unsupported_param", f'"{name[:64]}" is not supported', request)
        # generate.too-many
        if principal.active >= LIMITS["max_streams"]:
            raise Refuse("too_many_streams", "too many active streams", request, retry_after_ms=1_000)
        stream = Stream(principal, request, digest, self._http)
        # generate.first-answer: `start` goes among the answers, so that the answer to a `cancel` cannot overtake it.
        attachment = Attachment(stream, 0, self)
        self._answer(attachment.next_message())
        self._attach(attachment)

    def _resume(self, request: Message) -> None:
        # resume.epoch-mismatch, resume.unknown-stream, resume.expired, resume.cursor-ahead, auth.streams-private
        if request["epoch"] != EPOCH:
            raise Refuse("epoch_mismatch", "this is not the epoch of this server", request)
        stream = self._principal.streams.get(request["id"])
        if stream is None:
            raise Refuse("unknown_stream", "no such stream", request)
        if stream.log is None:
            raise Refuse("expired", "the log of this id is gone", request)
        if request["after"] > len(stream.log):
            raise Refuse("cursor_ahead", "`after` is larger than the head of the log", request)
        self._replay(stream, request["after"])

    def _cancel(self, request: Message) -> None:
        # cancel.answered, cancel.unknown, cancel.after-end, cancel.any-connection
        stream = self._principal.streams.get(request["id"])
        state = "unknown" if stream is None else "ended" if stream.ended else "cancelling"
        self._answer({"type": "cancel_ok", "id": request["id"], "state": state})
        if stream is None:
            self._principal.bury(request["id"])
        else:
            stream.stop("cancelled")

    # Attachments

    def _replay(self, stream: Stream, cursor: int) -> None:
        # resume.announced: an answer, and answers leave before what the logs hold. No later one may overtake `start`.
        attachment = Attachment(stream, cursor, self)
        resumed = {"type": "resumed", "id": stream.id, "epoch": EPOCH, "from": cursor + 1, "head": attachment.head}
        self._answer(resumed)
        if cursor == 0:
            self._answer(attachment.next_message())
        self._attach(attachment)

    def _attach(self, attachment: Attachment) -> None:
        before = attachment.stream.attached
        if before is not None:
            # resume.supersedes, end.detached-is-no-disconnect
            before.connection._finish(before)
            # resume.same-connection
            if before.connection is not self:
                detached = {"type": "detached", "id": before.stream.id, "reason": "superseded", "head": before.head}
                before.connection._answer(detached)
        attachment.stream.attach(attachment)
        self._attachments.add(attachment)
        if attachment.is_behind():
            self.has_news(attachment)
        elif attachment.stream.ended:
            self._finish(attachment)

    def _finish(self, attachment: Attachment) -> None:
        """Nothing more is sent of it."""
        attachment.over = True
        attachment.stream.attached = None
        self._attachments.discard(attachment)

    def _let_go(self) -> None:
        """The connection is lost, or about to be closed: its streams go on without it."""
        for attachment in self._attachments:
            attachment.over = True
            attachment.stream.lose(attachment)
        self._attachments.clear()

    # Writing

    def _answer(self, message: Message) -> None:
        text = encode(message)
        self._answers.append(text)
        self._answers_length += len(text)
        self._news.set()

    def has_news(self, attachment: Attachment) -> None:
        if attachment not in self._behind:
            self._behind.append(attachment)
            self._news.set()

    def _next_text(self) -> str | None:
        if self._answers:
            text = self._answers.popleft()
            self._answers_length -= len(text)
            self._room.set()
            return text
        while self._behind:
            attachment = self._behind.popleft()
            if not attachment.is_behind():
                continue
            message = attachment.next_message()
            if attachment.is_behind():
                # To the end of the queue, so that several streams take turns.
                self._behind.append(attachment)
            elif message["type"] == "end":
                self._finish(attachment)
            return encode(message)
        return None

    async def _write(self) -> None:
        try:
            while True:
                text = self._next_text()
                if text is not None:
                    await self._socket.send_text(text)
                    self._sent_at = clock()
                    # uvicorn waits only when the socket is full, and a long replay must not hold up everybody else.
                    await asyncio.sleep(0)
                elif self._closing:
                    return
                else:
                    self._news.clear()
                    await self._news.wait()
        except (WebSocketDisconnect, RuntimeError):
            # The connection is lost, or uvicorn closed it itself (1007, 1009).
            return

    async def _watch(self) -> int:
        pinged_at, count = self._sent_at, 0
        while True:
            # heartbeat.pings: a ping that waits in a full socket is not joined by a second one at once.
            ping_at = max(pinged_at, min(self._sent_at, self._heard_at)) + INTERVAL_MS / 1000
            # heartbeat.silence-closes
            silent_at = self._heard_at + (INTERVAL_MS + TIMEOUT_MS) / 1000
            now = clock()
            if now >= self._expires_at:
                return 4501
            if now >= silent_at:
                # Who was not listened to because it does not read was not silent, but stuck.
                return 4508 if self._answers_length > LONGEST_QUEUE else 4504
            if now >= ping_at:
                pinged_at, count = now, count + 1
                self._answer({"type": "ping", "t": count})
            else:
                await asyncio.sleep(min(ping_at, silent_at, self._expires_at) - now)


def _digest(request: Message) -> bytes:
    # generate.payload-equality: of all that counts; `resend`, `trace` and what this server ignores do not.
    compared = ("model", "params", "on_disconnect", "grace_ms")
    payload: Message = {name: request[name] for name in compared if name in request}
    payload["messages"] = [(m["role"], m["content"]) for m in request["messages"]]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()


def _can_be_sent(value: Any) -> bool:
    # 1e999 is right JSON, and infinity to Python, which no model can be sent.
    try:
        return json.dumps(value, allow_nan=False) != ""
    except ValueError:
        return False


class Wire(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, with four edges taken off."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            # ASGI has no way to drop a connection whose peer reads nothing.
            self.scope["state"]["drop"] = self._drop

    def _drop(self) -> None:
        if not self.disconnected:
            self.transport.abort()

    def eof_received(self) -> None:
        # Half a connection is a lost one. uvicorn would wait until its peer has read what is left.
        self._drop()

    def handle_ping(self) -> None:
        # These pongs go past the writer: here, pinging without reading would fill the memory.
        if self.transport.get_write_buffer_size() > LIMITS["outbound_bytes"]:
            self._drop()
        else:
            super().handle_ping()

    def handle_parser_exception(self) -> None:
        # framing.too-large: to close a socket with unread data resets it, and a reset can overtake the close frame. So
        # the rest is read and dropped for a moment; each piece of it comes here again.
        if not self.close_sent:
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.write_eof()
            self.close_timer = self.loop.call_later(ABORT_S, self._drop)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with make_http() as app.state.http:
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.websocket("/")
async def tokenwire(socket: WebSocket) -> None:
    # handshake.not-offered, handshake.not-offered-refused
    if SUBPROTOCOL not in socket.scope["subprotocols"]:
        await socket.send_denial_response(PlainTextResponse(f"offer the subprotocol {SUBPROTOCOL}\n", 400))
        return
    await Connection(socket, socket.app.state.http).serve()


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=setting("PORT", 8080),
        ws=Wire,
        # framing.too-large: 1009, by uvicorn.
        ws_max_size=LIMITS["max_client_bytes"],
        # The protocol has a heartbeat of its own; a second one with other deadlines would close what the first keeps.
        ws_ping_interval=None,
        # handshake.no-compression
        ws_per_message_deflate=False,
        # auth.secrets-unlogged: uvicorn's line for each request holds its URL, whatever somebody put there.
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
