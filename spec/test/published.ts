/** What this package publishes besides code, read for the tests: schemas, transcripts, the text. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { SCHEMA_BASE } from '../scripts/json-schemas.ts';

export const root = new URL('../', import.meta.url);
export const protocol = readFileSync(new URL('PROTOCOL.md', root), 'utf8');

export type Side = 'client' | 'server';

/** The events of transcripts/README.md. */
export interface TranscriptEvent {
  conn?: string;
  from?: Side;
  message?: Record<string, unknown>;
  raw?: string;
  decodes?: 'malformed' | 'invalid' | 'unknown_type';
  binary_base64?: string;
  oversized_bytes?: number;
  open?: { offered: string[]; selected?: string; refused?: number; node?: string };
  close?: { code: number; by: Side | 'network' };
  model?: { call: number; for: string; event: string; text?: string; reason?: string; status?: number };
}

export interface Transcript {
  file: string;
  header: {
    transcript: string;
    title: string;
    valid: boolean;
    violates?: string[];
    provokes?: string[];
    requirements: string[];
  };
  events: TranscriptEvent[];
}

export const transcripts: Transcript[] = readdirSync(new URL('transcripts/', root))
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => {
    const text = readFileSync(new URL(`transcripts/${file}`, root), 'utf8');
    const [header, ...events] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { file, header, events };
  });

export const validTranscripts = transcripts.filter(({ header }) => header.valid);

/** The examples in section 3 of PROTOCOL.md, in their order. */
export function examples(): string[] {
  const section = protocol.split('\n## 3 Messages\n')[1]?.split('\n## 4 ')[0] ?? '';
  return [...section.matchAll(/```json\n(.+?)\n```/gs)].map(([, text]) => text ?? '');
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
for (const strictness of ['strict', 'open']) {
  const folder = new URL(`schemas/${strictness}/`, root);
  for (const file of readdirSync(folder))
    ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
}

/** The published schema "strict/token", "open/client", …, compiled by ajv. */
export function validator(name: string): ValidateFunction {
  const found = ajv.getSchema(`${SCHEMA_BASE}/${name}.json`);
  if (found === undefined) throw new Error(`no schema ${name}`);
  return found;
}

/** What ajv says against a value, or undefined when it accepts it. */
export function complaint(name: string, value: unknown): string | undefined {
  const validate = validator(name);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}
