/** Serves the page, and the client's TypeScript sources with their types stripped: the page runs what the tests run. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isLocal } from './wire-cutter.ts';

const SPEC = new URL('../../spec/src/', import.meta.url);

/** What can be asked for, and the folder it comes from. */
const FOLDERS: Record<string, URL> = {
  page: new URL('./', import.meta.url),
  client: new URL('../src/', import.meta.url),
  spec: SPEC,
  zod: new URL('./', pathToFileURL(createRequire(SPEC).resolve('zod'))),
};

/** No name begins with a dot, so no path leaves its folder. */
const PATH = /^\/(page|client|spec|zod)\/((?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.(css|js|ts))$/;

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  ts: 'text/javascript; charset=utf-8',
};

/** Answers one request. Never rejects. */
export async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = isLocal(request) ? await find(request) : undefined;
  if (!file) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('there is nothing here\n');
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[file.kind],
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(file.content);
}

interface Found {
  kind: keyof typeof TYPES;
  content: string;
}

async function find({ method, url = '/' }: IncomingMessage): Promise<Found | undefined> {
  if (method !== 'GET') return undefined;
  const [path = '/'] = url.split('?', 1);
  if (path === '/') return read(new URL('page.html', FOLDERS['page']), 'html');
  const [, folder = '', name = '', extension] = PATH.exec(path) ?? [];
  const base = FOLDERS[folder];
  if (!base || (extension !== 'css' && extension !== 'js' && extension !== 'ts')) return undefined;
  return read(new URL(name, base), extension);
}

async function read(file: URL, kind: Found['kind']): Promise<Found | undefined> {
  try {
    const content = await readFile(file, 'utf8');
    return { kind, content: kind === 'ts' ? stripTypeScriptTypes(content) : content };
  } catch {
    return undefined;
  }
}
