/** Stands between the server and the model, and hands everything on but for one fault. */
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ModelFault } from './mutant.ts';

/** Not of the next hop's concern. */
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

export function modelProxy(origin: string, fault: ModelFault): Server {
  return createServer({ noDelay: true }, (request, response) => void relay(request, response, origin, fault));
}

async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  fault: ModelFault,
): Promise<void> {
  const body = changed(await buffer(request), fault);
  const options = { method: request.method ?? 'POST', headers: kept(request.headers), agent: false } as const;
  const call = ask(`${origin}${request.url}`, options, (answer) => {
    if (answer.statusCode === fault.repeatsOn) {
      ask(`${origin}${request.url}`, options, (again) => again.resume()).end(body);
    }
    response.writeHead(answer.statusCode ?? 500, kept(answer.headers));
    response.flushHeaders();
    answer.once('error', () => response.socket?.resetAndDestroy());
    answer.pipe(response);
    if (fault.stallsBehindBytes !== undefined) stall(answer, fault.stallsBehindBytes);
  });
  call.once('error', () => response.socket?.resetAndDestroy());
  response.once('close', () => {
    if (!response.writableFinished) leave(() => call.destroy(), fault.leavesAfterMs ?? 0);
  });
  call.end(body);
}

function leave(go: () => void, afterMs: number): void {
  if (afterMs === 0) go();
  else if (Number.isFinite(afterMs)) setTimeout(go, afterMs);
}

function stall(answer: IncomingMessage, behindBytes: number): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > behindBytes) answer.unpipe().pause();
  });
}

function changed(body: Buffer, { content }: ModelFault): Buffer {
  if (!content) return body;
  const parsed = JSON.parse(body.toString('utf8')) as { messages: { content: string }[] };
  const messages = parsed.messages.map((message) => ({ ...message, content: content(message.content) }));
  return Buffer.from(JSON.stringify({ ...parsed, messages }));
}

function kept(headers: IncomingMessage['headers']): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !HOP.has(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}
