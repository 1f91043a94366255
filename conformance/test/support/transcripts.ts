/** The transcripts of the spec as traces: the adapter from their lines to what the oracle judges. */
import { readdirSync, readFileSync } from 'node:fs';
import type { JournalEntry, Script } from '@tokenwire/mock-llm';
import type { Trace } from '../../src/oracle/judge.ts';
import type { TraceEvent, WireMessage } from '../../src/trace.ts';

interface Header {
  transcript: string;
  valid: boolean;
  violates?: string[];
}

interface ModelEvent {
  call: number;
  for: string;
  event: string;
  text?: string;
  reason?: string;
  status?: number;
  input_tokens?: number;
  output_tokens?: number;
}

interface Line {
  conn?: string;
  from?: 'client' | 'server';
  message?: WireMessage;
  raw?: string;
  binary_base64?: string;
  oversized_bytes?: number;
  open?: { offered: string[]; selected?: string; refused?: number };
  close?: { code: number; by: string };
  model?: ModelEvent;
}

export interface Transcript extends Header {
  lines: Line[];
}

const folder = new URL('../../../spec/transcripts/', import.meta.url);

export const transcripts: Transcript[] = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8').trimEnd();
    const [header, ...lines] = text.split('\n').map((line) => JSON.parse(line));
    return { ...(header as Header), lines: lines as Line[] };
  });

/** The levels that the server of a transcript claims. */
export function levelsOf({ lines }: Transcript): string[] {
  const welcome = lines.find(({ message }) => message?.['type'] === 'welcome')?.message;
  return (welcome?.['levels'] as string[] | undefined) ?? ['core'];
}

/** One millisecond passes between two lines: no time is implied, so no bound is ever exceeded. */
export function traceOf({ lines }: Transcript): Trace {
  const events = lines.flatMap((line, at) => eventsOf(line, at, lines));
  return { events, scripts: scriptsOf(lines), lag: () => 0 };
}

function eventsOf(line: Line, at: number, lines: readonly Line[]): TraceEvent[] {
  if (line.model) return entriesOf(line.model, at, lines).map((entry) => ({ at, kind: 'model', entry }));
  const { conn = '', open, close } = line;
  if (open) return opened(open, { at, conn, principal: principalOf(conn, at, lines) });
  if (close)
    return [{ at, kind: 'closed', conn, code: close.code, by: close.by === 'client' ? 'client' : 'server' }];
  const message = line.message && marked(line.message);
  const raw = line.raw ?? (message ? JSON.stringify(message) : 'binary, or too large');
  if (line.from === 'client') return [{ at, kind: 'sent', conn, raw, message }];
  return [{ at, kind: 'received', conn, raw, message: message ?? parsed(raw), binary: false }];
}

function opened(
  { offered, selected = '', refused }: NonNullable<Line['open']>,
  who: { at: number; conn: string; principal: string },
): TraceEvent[] {
  const { at, conn } = who;
  const dialled: TraceEvent = { ...who, kind: 'dialled', offered };
  if (refused !== undefined) return [dialled, { at, kind: 'refused', conn, status: refused }];
  return [dialled, { at, kind: 'opened', conn, selected, extensions: '' }];
}

function parsed(raw: string): WireMessage | undefined {
  const value: unknown = JSON.parse(raw);
  return typeof value === 'object' && value !== null ? (value as WireMessage) : undefined;
}

/** Who says hello on a connection; tokens of transcripts name one principal. */
function principalOf(conn: string, at: number, lines: readonly Line[]): string {
  const hello = lines.slice(at).find((line) => line.conn === conn && line.message?.['type'] === 'hello');
  const { session, auth } = hello?.message ?? {};
  return auth ? 'credentials' : typeof session === 'string' ? session : 'none';
}

/** A generate names its script, as those of the runner do. */
function marked(message: WireMessage): WireMessage {
  if (message['type'] !== 'generate') return message;
  const marker = { role: 'user', content: `[[script:${String(message['id'])}]]` };
  return { ...message, messages: [...(message['messages'] as object[]), marker] };
}

function entriesOf(model: ModelEvent, at: number, lines: readonly Line[]): JournalEntry[] {
  const own = lines.flatMap((line) => (line.model?.call === model.call ? [line.model] : []));
  const name = { call: model.call, key: model.for, atMs: at };
  const isLast = own.at(-1) === model;
  switch (model.event) {
    case 'received': {
      const params = { stream_options: { include_usage: true } };
      return [{ ...name, kind: 'received', messages: [], stream: true, params, headers: {} }];
    }
    case 'accepted':
      return [{ ...name, kind: 'accepted' }];
    case 'refused':
      return [{ ...name, kind: 'refused', status: model.status ?? 500 }];
    case 'delta': {
      const index = own.filter(({ event }) => event === 'delta').indexOf(model);
      return [{ ...name, kind: 'written', index, text: model.text ?? '', channel: 'text' }];
    }
    case 'broke':
      return [{ ...name, kind: 'ended', how: model.reason === 'eof' ? 'eof' : 'reset' }];
    case 'peer_gone':
      return [{ ...name, kind: 'peer_gone', phase: 'streaming' }];
    default:
      return isLast ? [{ ...name, kind: 'ended', how: 'done' }] : [];
  }
}

/** What the model was to do: what it did. */
function scriptsOf(lines: readonly Line[]): Map<string, Script> {
  const scripts = new Map<string, Script>();
  for (const { model } of lines) {
    if (!model) continue;
    const script = scripts.get(model.for) ?? [];
    scripts.set(model.for, script);
    const { text = '', reason = '', input_tokens = 0, output_tokens = 0 } = model;
    if (model.event === 'delta') script.push({ kind: refuses(model, lines) ? 'refusal' : 'text', text });
    if (model.event === 'finish') script.push({ kind: 'finish', reason });
    if (model.event === 'usage') script.push({ kind: 'usage', input_tokens, output_tokens });
  }
  return scripts;
}

/** A transcript does not say that a delta is refusal text; where the server says so, it is believed. */
function refuses(model: ModelEvent, lines: readonly Line[]): boolean {
  return lines.some(({ message }) => message?.['id'] === model.for && message['finish_reason'] === 'refusal');
}
