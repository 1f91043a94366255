// biome-ignore-all format: written by scripts/generate.ts
/** The items of PROTOCOL.md. Written by scripts/generate.ts, edit PROTOCOL.md instead. */
import type { Requirement } from './requirements.ts';

/** The id of a normative sentence of PROTOCOL.md. */
export type RequirementId =
  | 'version.levels-claimed'
  | 'version.features-negotiated'
  | 'version.client-features'
  | 'handshake.subprotocol-selected'
  | 'handshake.not-offered'
  | 'handshake.not-offered-refused'
  | 'handshake.client-checks-subprotocol'
  | 'handshake.no-compression'
  | 'handshake.client-hello-first'
  | 'handshake.client-pipelines-small'
  | 'handshake.hello-first'
  | 'handshake.hello-once'
  | 'handshake.hello-timeout'
  | 'handshake.welcome-first'
  | 'handshake.pipelined-in-order'
  | 'handshake.pipeline-bounded'
  | 'handshake.closed-unprocessed'
  | 'handshake.no-call-before-auth'
  | 'auth.rejected'
  | 'auth.origin'
  | 'auth.client-no-credentials-in-url'
  | 'auth.client-session-random'
  | 'auth.secrets-unlogged'
  | 'auth.streams-private'
  | 'auth.ids-per-principal'
  | 'auth.session-is-principal'
  | 'auth.expired'
  | 'auth.refresh-keeps-streams'
  | 'framing.server-messages'
  | 'framing.plain-json'
  | 'framing.unicode'
  | 'framing.client-messages'
  | 'framing.max-server-bytes'
  | 'framing.not-an-object'
  | 'framing.no-type'
  | 'framing.no-readable-id'
  | 'framing.invalid'
  | 'framing.not-utf8'
  | 'framing.binary'
  | 'framing.unknown-fields'
  | 'framing.unknown-type'
  | 'framing.client-unknown'
  | 'framing.fragments'
  | 'framing.accepts-64k'
  | 'framing.too-large'
  | 'generate.first-answer'
  | 'generate.start-at-once'
  | 'generate.forwards-messages'
  | 'generate.one-call'
  | 'generate.no-blind-retry'
  | 'generate.attaches'
  | 'generate.payload-equality'
  | 'generate.id-conflict'
  | 'generate.outcome-unknown'
  | 'generate.resend-own-epoch'
  | 'generate.expired'
  | 'generate.unsupported-param'
  | 'generate.one-choice'
  | 'generate.too-many'
  | 'generate.refused-keeps-id'
  | 'generate.grace-clamped'
  | 'sequence.contiguous'
  | 'sequence.merged'
  | 'sequence.first-token-at-once'
  | 'sequence.text-exact'
  | 'sequence.text-prefix'
  | 'sequence.surrogates'
  | 'sequence.utf8-bytes'
  | 'sequence.split'
  | 'sequence.client-drops'
  | 'sequence.client-gap'
  | 'resume.no-call'
  | 'resume.answered'
  | 'resume.announced'
  | 'resume.same-content'
  | 'resume.then-live'
  | 'resume.any-after'
  | 'resume.not-below-cursor'
  | 'resume.epoch-mismatch'
  | 'resume.epoch-renewed'
  | 'resume.unknown-stream'
  | 'resume.expired'
  | 'resume.cursor-ahead'
  | 'resume.gap'
  | 'resume.ended'
  | 'resume.supersedes'
  | 'resume.same-connection'
  | 'resume.zombie'
  | 'resume.client-waits'
  | 'resume.client-superseded'
  | 'resume.client-keeps-text'
  | 'cancel.answered'
  | 'cancel.reaches-model'
  | 'cancel.before-first-token'
  | 'cancel.no-further-request'
  | 'cancel.nothing-but-end'
  | 'cancel.reason'
  | 'cancel.after-end'
  | 'cancel.end-in-time'
  | 'cancel.aborted-is-true'
  | 'cancel.any-connection'
  | 'cancel.unknown'
  | 'cancel.tombstone'
  | 'cancel.siblings'
  | 'end.once'
  | 'end.last'
  | 'end.finish-reason'
  | 'end.upstream'
  | 'end.error-given'
  | 'end.usage'
  | 'end.usage-bounded'
  | 'end.model-refuses'
  | 'end.model-breaks'
  | 'end.eof'
  | 'end.disconnect-continues'
  | 'end.disconnect-cancels'
  | 'end.detached-is-no-disconnect'
  | 'end.abandoned'
  | 'heartbeat.pong'
  | 'heartbeat.pings'
  | 'heartbeat.any-frame'
  | 'heartbeat.silence-closes'
  | 'heartbeat.client-pong'
  | 'heartbeat.client-liveness'
  | 'heartbeat.client-wakes'
  | 'reconnect.ranges'
  | 'reconnect.backoff'
  | 'reconnect.capped'
  | 'reconnect.expired-twice'
  | 'reconnect.resends'
  | 'flow.reader-holds-nobody'
  | 'flow.bounded'
  | 'flow.catches-up'
  | 'flow.control-first'
  | 'flow.fair'
  | 'flow.no-progress'
  | 'drain.goaway'
  | 'drain.refuses'
  | 'drain.finishes'
  | 'drain.deadline'
  | 'drain.client'
  | 'cluster.epoch'
  | 'cluster.resume-anywhere'
  | 'cluster.cancel-anywhere'
  | 'cluster.one-producer'
  | 'cluster.one-call'
  | 'cluster.producer-lost'
  | 'error.re'
  | 'error.retryable'
  | 'error.never-ends';

/** Every normative sentence of PROTOCOL.md, in its order. */
export const requirements: readonly Requirement<RequirementId>[] = [
  {"id":"version.levels-claimed","level":"core","party":"server","needs":[],"section":2,"title":"Levels, features, versions","strength":"must","text":"`welcome.levels` MUST contain `core`, and MUST NOT contain a level whose requirements the server does not meet."},
  {"id":"version.features-negotiated","level":"core","party":"server","needs":[],"section":2,"title":"Levels, features, versions","strength":"must","text":"The server MUST NOT list in `welcome.features`, or use, a feature that `hello.features` did not list."},
  {"id":"version.client-features","level":"core","party":"client","needs":[],"section":2,"title":"Levels, features, versions","strength":"must","text":"The client MUST NOT use a feature that `welcome.features` does not list."},
  {"id":"handshake.subprotocol-selected","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When the client offers `tokenwire.v1`, alone or among others, the server MUST select it."},
  {"id":"handshake.not-offered","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When the client does not offer `tokenwire.v1`, the server MUST NOT send a Tokenwire message on that connection."},
  {"id":"handshake.not-offered-refused","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When the client does not offer `tokenwire.v1`, the server MUST refuse the upgrade with status 400, unless it serves another protocol at that address."},
  {"id":"handshake.client-checks-subprotocol","level":"core","party":"client","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The client MUST close a connection on which the server selected a subprotocol that was not offered, or none."},
  {"id":"handshake.no-compression","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"should","text":"The server SHOULD NOT negotiate `permessage-deflate`: token messages are too small to gain from it."},
  {"id":"handshake.client-hello-first","level":"core","party":"client","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The first message of the client MUST be `hello`, and it MUST send no second one."},
  {"id":"handshake.client-pipelines-small","level":"core","party":"client","needs":[],"section":5,"title":"Handshake","strength":"must","text":"Before `welcome` the client MUST NOT send a message larger than 65,536 bytes."},
  {"id":"handshake.hello-first","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When a message other than `hello` comes first, of an unknown type too, the server MUST close with 4409; with 4400 where section 7 says so."},
  {"id":"handshake.hello-once","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"On a second `hello` the server MUST close with 4409, or with 4400 when its fields are wrong."},
  {"id":"handshake.hello-timeout","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When no `hello` came within `limits.hello_timeout_ms` of the upgrade, the server MUST close with 4408, no earlier, and no later than 2 s after."},
  {"id":"handshake.welcome-first","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The first message of the server on a connection MUST be `welcome`, or it closes without one."},
  {"id":"handshake.pipelined-in-order","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The server MUST process what was pipelined behind `hello` in the order of its arrival, after it sent `welcome`."},
  {"id":"handshake.pipeline-bounded","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The server MUST bound what it buffers before `welcome`, and MUST hold at least 65,536 bytes."},
  {"id":"handshake.closed-unprocessed","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"When the server closes with a code of 4400–4499 before it sent `welcome`, it MUST NOT have processed anything that was pipelined."},
  {"id":"handshake.no-call-before-auth","level":"core","party":"server","needs":[],"section":5,"title":"Handshake","strength":"must","text":"The server MUST NOT send a request to the model for a connection that is not authenticated."},
  {"id":"auth.rejected","level":"core","party":"server","needs":["credentials"],"section":6,"title":"Authentication","strength":"must","text":"When credentials are required and are missing or wrong, the server MUST close with 4401 and send no `welcome`."},
  {"id":"auth.origin","level":"core","party":"server","needs":[],"section":6,"title":"Authentication","strength":"must","text":"A server that authenticates by cookies MUST check the `Origin` of the upgrade and refuse a foreign one with status 403."},
  {"id":"auth.client-no-credentials-in-url","level":"core","party":"client","needs":[],"section":6,"title":"Authentication","strength":"must","text":"The client MUST NOT put a reusable credential or `session` into a URL."},
  {"id":"auth.client-session-random","level":"core","party":"client","needs":[],"section":6,"title":"Authentication","strength":"must","text":"`hello.session` MUST hold at least 128 bits from a cryptographic random source."},
  {"id":"auth.secrets-unlogged","level":"core","party":"server","needs":[],"section":6,"title":"Authentication","strength":"must","text":"The server MUST NOT write credentials or `session` to a log."},
  {"id":"auth.streams-private","level":"core","party":"server","needs":["second_principal"],"section":6,"title":"Authentication","strength":"must","text":"The server MUST answer `resume` and `cancel` of another principal's stream with the same messages as those of a stream that never existed."},
  {"id":"auth.ids-per-principal","level":"core","party":"server","needs":["second_principal"],"section":6,"title":"Authentication","strength":"must","text":"A `generate` whose id is in use by another principal MUST be treated as if it were not."},
  {"id":"auth.session-is-principal","level":"core","party":"server","needs":[],"section":6,"title":"Authentication","strength":"must","text":"Without credentials, connections with the same `hello.session` MUST share their streams, and connections without one MUST share them with no other connection."},
  {"id":"auth.expired","level":"operations","party":"server","needs":["expired_token"],"section":6,"title":"Authentication","strength":"must","text":"Once the credentials of a connection have expired, the server MUST answer `generate`, `resume` and `cancel` with `error{auth_expired}`, or close with 4501."},
  {"id":"auth.refresh-keeps-streams","level":"operations","party":"server","needs":["expired_token"],"section":6,"title":"Authentication","strength":"must","text":"A connection with refreshed credentials of the same principal MUST be able to resume the streams that were begun before the refresh."},
  {"id":"framing.server-messages","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"Every message of the server MUST be one text message holding one JSON object that is valid against its strict schema."},
  {"id":"framing.plain-json","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"A sender MUST NOT emit duplicate keys, integers with a fraction or exponent, or nesting deeper than 32."},
  {"id":"framing.unicode","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"Every string that the server sends MUST be well-formed Unicode, without lone surrogates."},
  {"id":"framing.client-messages","level":"core","party":"client","needs":[],"section":7,"title":"Framing","strength":"must","text":"Every message of the client MUST be one text message holding one JSON object that is valid against its strict schema, in well-formed Unicode."},
  {"id":"framing.max-server-bytes","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"The server MUST NOT send a message larger than `limits.max_server_bytes`."},
  {"id":"framing.not-an-object","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a text message that is not JSON, is not an object, or nests deeper than 32, the server MUST close with 4400."},
  {"id":"framing.no-type","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On an object without a string in `type` the server MUST close with 4400."},
  {"id":"framing.no-readable-id","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a `generate`, `cancel` or `resume` without a well-formed `id`, and on a `hello`, `ping` or `pong` with wrong fields, the server MUST close with 4400."},
  {"id":"framing.invalid","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a `generate`, `cancel` or `resume` with a well-formed `id` and a wrong or missing field, the server MUST answer `error{invalid}` and keep the connection."},
  {"id":"framing.not-utf8","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a text message that is not UTF-8 the server MUST close with 1007 or 4400."},
  {"id":"framing.binary","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a binary message the server MUST close with 1003 or 4400."},
  {"id":"framing.unknown-fields","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"The server MUST ignore fields that it does not know."},
  {"id":"framing.unknown-type","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On an object of unknown `type` after `welcome`, the server MUST answer `error{unknown_type}` and keep the connection."},
  {"id":"framing.client-unknown","level":"core","party":"client","needs":[],"section":7,"title":"Framing","strength":"must","text":"The client MUST ignore fields and types that it does not know, and advance its cursor over the `from`…`seq` of such a type."},
  {"id":"framing.fragments","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"The server MUST accept a message in several fragments, cut anywhere, also inside a character."},
  {"id":"framing.accepts-64k","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"The server MUST accept every message of up to 65,536 bytes."},
  {"id":"framing.too-large","level":"core","party":"server","needs":[],"section":7,"title":"Framing","strength":"must","text":"On a message larger than `limits.max_client_bytes` the server MUST close with 4413 or 1009, and MUST NOT call the model for it."},
  {"id":"generate.first-answer","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"The first answer to a `generate` MUST be `start` when it begins a stream, `resumed` when it attaches to one, or `error` whose `re` names it."},
  {"id":"generate.start-at-once","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"`start` MUST NOT wait for the model."},
  {"id":"generate.forwards-messages","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"The server MUST send the given `messages` to the model in their order and with their contents unchanged; it MAY add messages of its own."},
  {"id":"generate.one-call","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"For one (principal, id) the server MUST NOT make more than one call of the model while the id is remembered, also when several connections send the same `generate` at once."},
  {"id":"generate.no-blind-retry","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"The server MUST NOT repeat a request to the model whose outcome it does not know; it MAY repeat one that the model completely refused with 429 or 503."},
  {"id":"generate.attaches","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A `generate` with the principal, id and payload of a stream in the log MUST attach as a `resume` with `after: 0` does, and MUST NOT call the model."},
  {"id":"generate.payload-equality","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"Payloads that differ only in the order of keys, in `resend` or in `trace` MUST count as equal."},
  {"id":"generate.id-conflict","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A `generate` with the id of a stream and another payload MUST be answered with `error{id_conflict}`, and MUST leave that stream as it is."},
  {"id":"generate.outcome-unknown","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A `generate` with `resend` whose id is unknown and whose `resend.epoch` is absent or not the server's MUST be answered with `error{outcome_unknown}`, and MUST NOT call the model."},
  {"id":"generate.resend-own-epoch","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A `generate` with `resend` whose id is unknown and whose `resend.epoch` is the server's MUST begin a new stream."},
  {"id":"generate.expired","level":"core","party":"server","needs":["short_retention"],"section":8,"title":"Generate","strength":"must","text":"A `generate` with an id whose log expired, and which is remembered for `limits.id_memory_ms`, MUST be answered with `error{expired}`, and MUST NOT call the model."},
  {"id":"generate.unsupported-param","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A parameter that the server does not support, or with a value that it would not honour, MUST be refused with `error{unsupported_param}`, never ignored."},
  {"id":"generate.one-choice","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"`params.n` larger than 1 MUST be refused with `error{unsupported_param}`: one stream is one choice."},
  {"id":"generate.too-many","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A `generate` beyond `limits.max_streams` active streams of its principal MUST be refused with a retryable `error`."},
  {"id":"generate.refused-keeps-id","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"A refused `generate` MUST NOT use up its id, nor call the model."},
  {"id":"generate.grace-clamped","level":"core","party":"server","needs":[],"section":8,"title":"Generate","strength":"must","text":"`start.grace_ms` MUST be `generate.grace_ms`, or `limits.grace_default_ms` without one, but not above `limits.grace_max_ms`."},
  {"id":"sequence.contiguous","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"The entries of a stream MUST be numbered 1, 2, 3, … in the order of the log, `start` being 1."},
  {"id":"sequence.merged","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"In a merged `token`, `from` MUST be one more than the highest `seq` sent on this attachment before, or than `after` at its beginning; only adjacent `token` entries MUST be merged."},
  {"id":"sequence.first-token-at-once","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"The server MUST deliver the first text of the model without waiting for more of it."},
  {"id":"sequence.text-exact","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"When the model ended naturally, the joined text of the tokens MUST equal the model's delta strings (`content`, and `refusal` where it refuses) joined, without normalisation."},
  {"id":"sequence.text-prefix","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"In every other case the joined text MUST be a prefix of the model's delta strings joined."},
  {"id":"sequence.surrogates","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"Halves of a surrogate pair that the model split across deltas MUST be rejoined; a lone half, and bytes that are not UTF-8, MUST become U+FFFD (for bytes, as the decoder of WHATWG counts them); a half that still waits when the stream ends otherwise is dropped or becomes U+FFFD."},
  {"id":"sequence.utf8-bytes","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"`end.utf8_bytes` MUST be the number of bytes of all token text of the stream in UTF-8."},
  {"id":"sequence.split","level":"core","party":"server","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"A delta too large for one message MUST become several entries."},
  {"id":"sequence.client-drops","level":"core","party":"client","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"The client MUST drop what it has applied already: every logged message with `seq` ≤ its cursor."},
  {"id":"sequence.client-gap","level":"core","party":"client","needs":[],"section":9,"title":"Sequence and text","strength":"must","text":"When `from` is larger than its cursor + 1, the client MUST stop applying that stream and resume from its cursor."},
  {"id":"resume.no-call","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` MUST NOT call the model."},
  {"id":"resume.answered","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"Every `resume` MUST be answered with `resumed` or `error`, never with a partial replay or with silence; several of one id are answered in their order."},
  {"id":"resume.announced","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"`resumed` MUST come before the replay, with `from` = `after` + 1 and the `head` of the log."},
  {"id":"resume.same-content","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"The entries behind `after` MUST be those of the log: the same numbers with the same content as before."},
  {"id":"resume.then-live","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"After the replay the stream MUST go on live, without a gap and without a duplicate."},
  {"id":"resume.any-after","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"Every `after` from 0 to the head MUST be valid, also inside a range that was once sent merged."},
  {"id":"resume.not-below-cursor","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"The server MUST NOT send on an attachment an entry at or below its cursor."},
  {"id":"resume.epoch-mismatch","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` with an `epoch` that is not the server's MUST be answered with `error{epoch_mismatch}`."},
  {"id":"resume.epoch-renewed","level":"core","party":"server","needs":["restart"],"section":10,"title":"Resume","strength":"must","text":"`epoch` MUST change whenever accepted streams may have been forgotten."},
  {"id":"resume.unknown-stream","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` of an id that the principal never generated MUST be answered with `error{unknown_stream}`."},
  {"id":"resume.expired","level":"core","party":"server","needs":["short_retention"],"section":10,"title":"Resume","strength":"must","text":"A `resume` of an id whose log expired MUST be answered with `error{expired}` while the id is remembered."},
  {"id":"resume.cursor-ahead","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` with `after` above the head MUST be answered with `error{cursor_ahead}`."},
  {"id":"resume.gap","level":"operations","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` behind entries that were trimmed MUST be answered with `error{gap}` with `oldest` and `head`."},
  {"id":"resume.ended","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A stream that ended MUST stay resumable, with its `end`, for `limits.retention_ms` after it."},
  {"id":"resume.supersedes","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"When another connection attaches to a stream, the one attached before MUST (unless it was sent `end` already) be sent `detached{superseded}` with the `head` of the log, and nothing of that id after it."},
  {"id":"resume.same-connection","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"A `resume` on the connection that is attached already MUST be answered in the same way, from its `after`, and without `detached`."},
  {"id":"resume.zombie","level":"core","party":"server","needs":[],"section":10,"title":"Resume","strength":"must","text":"The late end of a connection MUST NOT touch what another connection attached meanwhile."},
  {"id":"resume.client-waits","level":"core","party":"client","needs":[],"section":10,"title":"Resume","strength":"must","text":"After sending `resume` the client MUST ignore logged messages of that id until its answer, and MUST have no second `resume` of that id in flight."},
  {"id":"resume.client-superseded","level":"core","party":"client","needs":[],"section":10,"title":"Resume","strength":"must","text":"After `detached{superseded}` the client MUST NOT resume that stream by itself."},
  {"id":"resume.client-keeps-text","level":"core","party":"client","needs":[],"section":10,"title":"Resume","strength":"must","text":"After `outcome_unknown`, `epoch_mismatch`, `cursor_ahead`, `unknown_stream`, `expired` or `gap` the client MUST keep the text as incomplete, surface the code, and never generate again by itself."},
  {"id":"cancel.answered","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"Each `cancel` MUST be answered with one `cancel_ok`, a repeated one too."},
  {"id":"cancel.reaches-model","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"The server MUST close its connection to the model within 500 ms of the `cancel`."},
  {"id":"cancel.before-first-token","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"That MUST hold also before the model's first token, and before its headers."},
  {"id":"cancel.no-further-request","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"After a `cancel` the server MUST NOT send another request to the model for that id, and when it had sent none, `end.upstream` MUST be `none`."},
  {"id":"cancel.nothing-but-end","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"Once the stream is cancelling, the server MUST NOT append anything to it but its `end`."},
  {"id":"cancel.reason","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"The `end` of a stream whose `cancel` was answered `cancelling` MUST have `finish_reason: \"cancelled\"`, even when the model finishes meanwhile."},
  {"id":"cancel.after-end","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"When `end` was logged first, the state MUST be `ended`, and `end` stays as it is."},
  {"id":"cancel.end-in-time","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"`end` MUST follow within 2 s of the `cancel`, even when the model's connection does not close (`upstream: \"unknown\"`)."},
  {"id":"cancel.aborted-is-true","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"The server MUST NOT claim `upstream: \"aborted\"` before its connection to the model is closed."},
  {"id":"cancel.any-connection","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"A `cancel` MUST work from every connection of the principal, attached or not."},
  {"id":"cancel.unknown","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"A `cancel` of an id that the principal never generated MUST be answered with state `unknown`."},
  {"id":"cancel.tombstone","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"A `generate` of an id that was cancelled while unknown MUST be answered with `error{cancelled}`, and MUST NOT call the model, for the last `limits.tombstones` such ids of the principal, counted from their last `cancel`."},
  {"id":"cancel.siblings","level":"core","party":"server","needs":[],"section":11,"title":"Cancel","strength":"must","text":"A `cancel` MUST NOT touch another stream."},
  {"id":"end.once","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"Every accepted stream MUST end with exactly one `end`."},
  {"id":"end.last","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"After `end` the server MUST NOT append to the stream; `end` has its highest `seq`."},
  {"id":"end.finish-reason","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the model gives a finish reason, `end` MUST give the same one: `stop`, `length`, `tool_calls`, `content_filter`; or `refusal` where refusal text came; and `upstream: \"completed\"`. Any other reason becomes `error`, or a vendor's name. What goes wrong behind the finish reason changes neither."},
  {"id":"end.upstream","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"`end.upstream` MUST be `none` only when the model accepted no call, and `completed` only when the model gave its finish reason."},
  {"id":"end.error-given","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"`end.error` MUST be present when `finish_reason` is `error`, and absent otherwise."},
  {"id":"end.usage","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the model reports its usage within 800 ms of its finish reason, `end.usage` MUST give it."},
  {"id":"end.usage-bounded","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"The server MUST NOT wait for usage longer than 1 s, and `end` follows no later than 2 s after the finish reason."},
  {"id":"end.model-refuses","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the model refuses the request, `end` MUST have `finish_reason: \"error\"` and `upstream: \"failed\"`."},
  {"id":"end.model-breaks","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the call breaks, a chunk cannot be read, or it holds an `error` in place of `choices`, `end` MUST have `finish_reason: \"error\"`, and the text so far stays in the log."},
  {"id":"end.eof","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the model's response ends without a finish reason, `end` MUST have `finish_reason: \"error\"` and `upstream: \"failed\"`, never `stop`."},
  {"id":"end.disconnect-continues","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"A lost or closed connection, code 1000 included, MUST NOT end a stream with `on_disconnect: \"continue\"` before its grace is over."},
  {"id":"end.disconnect-cancels","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When the attached connection of a stream with `on_disconnect: \"cancel\"` is lost, or closed by whichever side, the server MUST close its connection to the model within 500 ms of detecting it, and log `end{cancelled}`."},
  {"id":"end.detached-is-no-disconnect","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"`detached` MUST NOT count as a lost connection for `on_disconnect: \"cancel\"`."},
  {"id":"end.abandoned","level":"core","party":"server","needs":[],"section":12,"title":"End","strength":"must","text":"When nobody is attached for the grace in force, the server MUST close its connection to the model and log `end{abandoned}`, no earlier, and no later than 2 s after."},
  {"id":"heartbeat.pong","level":"core","party":"server","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"Each `ping` MUST be answered with one `pong` with the same `t`."},
  {"id":"heartbeat.pings","level":"core","party":"server","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"When either direction has been silent for `heartbeat.interval_ms`, the server MUST send a `ping` within 1 s, also while a model thinks, and again after each further interval of silence."},
  {"id":"heartbeat.any-frame","level":"core","party":"server","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"Any message of the client, once complete, MUST count as a sign of life; control frames and parts of messages MAY."},
  {"id":"heartbeat.silence-closes","level":"core","party":"server","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"When the client has been silent for `interval_ms` + `timeout_ms`, the server MUST end the connection, with 4504 where it still can, no earlier, and no later than 2 s after."},
  {"id":"heartbeat.client-pong","level":"core","party":"client","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"Each `ping` MUST be answered with one `pong` with the same `t`."},
  {"id":"heartbeat.client-liveness","level":"core","party":"client","needs":[],"section":13,"title":"Heartbeat","strength":"must","text":"When the server has been silent for `interval_ms` + `timeout_ms`, the client MUST give the connection up and ignore its later events."},
  {"id":"heartbeat.client-wakes","level":"core","party":"client","needs":[],"section":13,"title":"Heartbeat","strength":"should","text":"A client that was suspended or offline SHOULD send a `ping` and give the connection up when nothing comes within 2 s."},
  {"id":"reconnect.ranges","level":"core","party":"client","needs":[],"section":14,"title":"Reconnect","strength":"must","text":"The client MUST follow the table of [section 19](#19-close-codes) on whether to reconnect."},
  {"id":"reconnect.backoff","level":"core","party":"client","needs":[],"section":14,"title":"Reconnect","strength":"must","text":"The client MUST wait before each attempt, exponentially longer and with full jitter, and not less than a `retry_after_ms` or a draw from `goaway.reconnect_ms` that it was given."},
  {"id":"reconnect.capped","level":"core","party":"client","needs":[],"section":14,"title":"Reconnect","strength":"must","text":"The client MUST give up after a bounded number of attempts in a row on which no `welcome` came."},
  {"id":"reconnect.expired-twice","level":"core","party":"client","needs":[],"section":14,"title":"Reconnect","strength":"must","text":"A second 4501 without a `welcome` in between MUST count as 4401."},
  {"id":"reconnect.resends","level":"core","party":"client","needs":[],"section":14,"title":"Reconnect","strength":"must","text":"A `generate` that got no answer MUST be repeated with the same id and payload and with `resend`, or be given up."},
  {"id":"flow.reader-holds-nobody","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"must","text":"A client that does not read MUST NOT hold up the model, the log, another stream or another connection."},
  {"id":"flow.bounded","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"must","text":"What the server holds for one connection, the logs apart, MUST stay under `limits.outbound_bytes`."},
  {"id":"flow.catches-up","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"must","text":"A client that reads again MUST receive everything behind its cursor, merged or not, or `detached{slow}`."},
  {"id":"flow.control-first","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"must","text":"For a client that keeps reading, `pong` and `cancel_ok` MUST arrive within 250 ms, also in a flood of tokens."},
  {"id":"flow.fair","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"must","text":"For a client that keeps reading, none of up to 8 streams that have entries MUST wait longer than 1 s."},
  {"id":"flow.no-progress","level":"operations","party":"server","needs":[],"section":15,"title":"Flow","strength":"may","text":"The server MAY close, with 4508 where it still can, a connection whose socket takes no data; its streams go on as after any lost connection."},
  {"id":"drain.goaway","level":"operations","party":"server","needs":["drain"],"section":16,"title":"Drain","strength":"must","text":"Before a planned close the server MUST send `goaway` on every connection that was sent `welcome`; others are closed with 4503."},
  {"id":"drain.refuses","level":"operations","party":"server","needs":["drain"],"section":16,"title":"Drain","strength":"must","text":"After `goaway` a `generate` that would begin a stream MUST be refused with the retryable `error{draining}`."},
  {"id":"drain.finishes","level":"operations","party":"server","needs":["drain"],"section":16,"title":"Drain","strength":"must","text":"Until the deadline, active streams MUST go on."},
  {"id":"drain.deadline","level":"operations","party":"server","needs":["drain"],"section":16,"title":"Drain","strength":"must","text":"At the deadline every active stream that is not being cancelled MUST be ended with `end{error, draining}`, and then the connection closed with 4503."},
  {"id":"drain.client","level":"operations","party":"client","needs":[],"section":16,"title":"Drain","strength":"must","text":"After `goaway` the client MUST send new work, and what was refused with `draining`, on a new connection only, keep reading the old one, and resume what is unfinished when it closes."},
  {"id":"cluster.epoch","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"All nodes of one store MUST name the same `epoch`."},
  {"id":"cluster.resume-anywhere","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"Every node MUST serve the `resume` of every stream of the store."},
  {"id":"cluster.cancel-anywhere","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"A `cancel` on any node MUST reach the model within 500 ms."},
  {"id":"cluster.one-producer","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"At most one node MUST append to a stream, and no entry MUST appear behind its `end`."},
  {"id":"cluster.one-call","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"The same `generate` on two nodes at once MUST make one call of the model."},
  {"id":"cluster.producer-lost","level":"cluster","party":"server","needs":["second_node"],"section":17,"title":"Cluster","strength":"must","text":"When the node that runs a stream dies, its log MUST end with `end{error, producer_lost}` within the lease of that node."},
  {"id":"error.re","level":"core","party":"server","needs":[],"section":18,"title":"Errors","strength":"must","text":"An `error` that answers a message MUST name it in `re`: its `type`, which MAY be cut behind 128 characters or more and is made well-formed, and its `id` where it has a well-formed one."},
  {"id":"error.retryable","level":"core","party":"server","needs":[],"section":18,"title":"Errors","strength":"must","text":"An `error` and an `end.error` with a code of this table MUST carry its `retryable`."},
  {"id":"error.never-ends","level":"core","party":"server","needs":[],"section":18,"title":"Errors","strength":"must","text":"An `error` MUST NOT end an accepted stream."},
];
