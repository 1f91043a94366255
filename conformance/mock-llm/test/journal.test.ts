import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { barrier, hang, type MockModel, role, say, type Script, startMockModel, text } from '../src/index.ts';
import { post, RawPeer, streaming } from './wire.ts';

class PeerProcess implements AsyncDisposable {
  readonly child: ChildProcess;

  constructor(model: MockModel, content: string) {
    const program = fileURLToPath(new URL('./peer.js', import.meta.url));
    this.child = spawn(process.execPath, [program, model.baseUrl, content], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.resume();
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

const kinds = (model: MockModel): string[] => model.journal.entries.map(({ kind }) => kind);

describe('the journal, when the peer process is killed', () => {
  it('sees it in the middle of a stream', async () => {
    await using model = await startMockModel();
    await using peer = new PeerProcess(model, model.script('k', say(['a', 'b'], { gate: true })));
    model.release('k', '0');
    await model.journal.until({ kind: 'written', key: 'k', text: 'a' });
    await peer.kill();
    const gone = await model.journal.until({ kind: 'peer_gone', key: 'k' });
    expect(gone.phase).toBe('streaming');
    expect(kinds(model)).toEqual(['received', 'accepted', 'written', 'peer_gone']);
  });

  it('sees it while it hangs before the headers', async () => {
    await using model = await startMockModel();
    await using peer = new PeerProcess(model, model.script('k', [hang()]));
    await model.journal.until({ kind: 'received', key: 'k' });
    await peer.kill();
    expect(await model.journal.until({ kind: 'peer_gone' })).toMatchObject({ phase: 'before_headers' });
    expect(kinds(model)).toEqual(['received', 'peer_gone']);
  });

  it('sees it before the first token', async () => {
    await using model = await startMockModel();
    await using peer = new PeerProcess(model, model.script('k', [role(), hang()]));
    await model.journal.until({ kind: 'accepted', key: 'k' });
    await peer.kill();
    expect(await model.journal.until({ kind: 'peer_gone' })).toMatchObject({ phase: 'before_first_token' });
  });

  it('sees it in the middle of a delay', async () => {
    await using model = await startMockModel();
    await using peer = new PeerProcess(
      model,
      model.script('k', [text('a'), { kind: 'delay', ms: 3_600_000 }]),
    );
    await model.journal.until({ kind: 'written' });
    await peer.kill();
    expect(await model.journal.until({ kind: 'peer_gone' })).toMatchObject({ phase: 'streaming' });
  });

  it('sees it in a flood that never waits', async () => {
    await using model = await startMockModel();
    const flood: Script = Array.from({ length: 200_000 }, () => text('x'.repeat(100)));
    await using peer = new PeerProcess(model, model.script('k', flood));
    await model.journal.until({ kind: 'written', index: 1_000 });
    await peer.kill();
    await model.journal.until({ kind: 'peer_gone' });
    expect(kinds(model)).not.toContain('ended');
  });
});

describe('the journal', () => {
  it('holds what the request said, without its credentials', async () => {
    await using model = await startMockModel();
    await using peer = new PeerProcess(model, model.script('k', [hang()]));
    const received = await model.journal.until({ kind: 'received' });
    await peer.kill();
    expect(received).toMatchObject({
      messages: [{ role: 'user', content: '[[script:k]]' }],
      stream: true,
      params: { model: 'm', temperature: 0.5 },
      headers: { 'x-trace': '7' },
      call: 1,
      key: 'k',
    });
    expect(JSON.stringify(model.journal.entries)).not.toContain('sk-secret');
  });

  it('has times that never go back', async () => {
    await using model = await startMockModel();
    const before = performance.now();
    await post(model, streaming(model.script('k', say(['a', 'b']))));
    const times = [before, ...model.journal.entries.map(({ atMs }) => atMs), performance.now()];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('sees a peer that closes in good order', async () => {
    await using model = await startMockModel();
    using peer = new RawPeer(model, streaming(model.script('k', [text('a'), barrier('never')])));
    await peer.until('"content":"a"');
    peer.socket.end();
    expect(await model.journal.until({ kind: 'peer_gone' })).toMatchObject({ phase: 'streaming' });
  });

  it('finds by a predicate what is there and what will come', async () => {
    await using model = await startMockModel();
    const third = model.journal.until((_, index) => index === 2);
    await post(model, streaming(model.script('k', say(['a', 'b']))));
    expect(await third).toMatchObject({ kind: 'written', text: 'a' });
    expect(
      await model.journal.until((entry) => entry.kind === 'written' && entry.text === 'b'),
    ).toMatchObject({ index: 1 });
    expect(await model.journal.until({ key: 'k' })).toMatchObject({ kind: 'received' });
  });

  it('says what it was searched for when the wait is given up', async () => {
    await using model = await startMockModel();
    const abort = new AbortController();
    const waiting = model.journal.until({ kind: 'peer_gone', key: 'k' }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('in vain for {"kind":"peer_gone","key":"k"}; it is empty');
    await expect(waiting).rejects.toHaveProperty('cause.message', 'enough');
    await expect(model.journal.until({ kind: 'ended' }, { signal: abort.signal })).rejects.toThrow('in vain');
  });

  it('tells its listeners until they have heard enough', async () => {
    await using model = await startMockModel();
    const heard: string[] = [];
    const stop = model.journal.subscribe(({ kind }) => heard.push(kind));
    const marker = model.script('k', []);
    await post(model, streaming(marker));
    stop();
    await post(model, streaming(marker));
    expect(heard).toEqual(['received', 'accepted', 'ended']);
    model.journal.clear();
    expect(model.journal.entries).toEqual([]);
  });
});

describe('closing the model', () => {
  it('ends calls that hang, and waits that nothing can answer', async () => {
    const model = await startMockModel();
    using peer = new RawPeer(model, streaming(model.script('k', [hang()])));
    await model.journal.until({ kind: 'received' });
    const waiting = model.journal.until({ kind: 'written' });
    await Promise.all([expect(waiting).rejects.toThrow('in vain'), model.close(), peer.closed()]);
    expect(model.journal.entries.at(-1)).toMatchObject({ kind: 'ended', how: 'reset' });
    await model.close();
    await expect(model.journal.until({ kind: 'written' })).rejects.toThrow('in vain');
  });
});
