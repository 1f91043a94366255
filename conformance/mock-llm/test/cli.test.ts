import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/tokenwire-mock-llm.js', import.meta.url));

class Cli implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value } = await this.lines.next();
    return value ?? '';
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = await exited;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

describe('tokenwire-mock-llm', () => {
  it('says how to point a server at it, answers there, and ends on SIGTERM', async () => {
    await using cli = new Cli('--port', '0', '--delay-ms', '0');
    const [, baseUrl] = /OPENAI_BASE_URL=(http:\/\/127\.0\.0\.1:\d+\/v1)/.exec(await cli.line()) ?? [];
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] });
    const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', body });
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    expect(await cli.end('SIGTERM')).toBe(0);
  });

  it('prints the listening line and the journal as JSON lines', async () => {
    await using cli = new Cli('--port', '0', '--json', '--journal');
    const { kind, baseUrl } = JSON.parse(await cli.line());
    expect(kind).toBe('listening');
    const content = '[[steps:[{"kind":"text","text":"a"},{"kind":"hang"}]]]';
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] });
    const abort = new AbortController();
    await fetch(`${baseUrl}/chat/completions`, { method: 'POST', body, signal: abort.signal });
    const entries = [await cli.line(), await cli.line(), await cli.line()];
    abort.abort();
    entries.push(await cli.line());
    expect(entries.map((line) => JSON.parse(line))).toMatchObject([
      { kind: 'received', call: 1, stream: true },
      { kind: 'accepted' },
      { kind: 'written', text: 'a', index: 0 },
      { kind: 'peer_gone', phase: 'streaming' },
    ]);
    expect(await cli.end('SIGINT')).toBe(0);
  });

  it('ends cleanly while a call hangs', async () => {
    await using cli = new Cli('--port', '0', '--json', '--journal');
    const { baseUrl } = JSON.parse(await cli.line());
    const body = JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: '[[steps:[{"kind":"hang"}]]]' }],
    });
    const answer = fetch(`${baseUrl}/chat/completions`, { method: 'POST', body }).catch(
      (error: Error) => error.message,
    );
    await cli.line();
    expect(await cli.end('SIGTERM')).toBe(0);
    expect(await answer).toBe('fetch failed');
  });

  it('exits with 1 and one line when the port is in use', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await run('--port', String(port))).toEqual({
      code: 1,
      stdout: '',
      stderr: `tokenwire-mock-llm: cannot listen on 127.0.0.1:${port}: the port is in use, choose another with --port\n`,
    });
  });

  it.each([[['--port', 'http']], [['--port', '70000']], [['--delay-ms', '-1']], [['--nope']], [['extra']]])(
    'exits with 2 on the wrong usage %s',
    async (args) => {
      const { code, stderr } = await run(...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: /);
    },
  );

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--delay-ms');
  });
});
