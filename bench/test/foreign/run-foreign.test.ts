import { type MockModel, say } from '@tokenwire/mock-llm';
import { beforeEach, describe, expect, it } from 'vitest';
import { complaints, listen, model, run, sum, WORDS } from './foreign-run.ts';
import { tokenwireServer } from './servers.ts';

const HANG = [...say(WORDS).slice(0, 3), { kind: 'hang' as const }];

beforeEach(listen);

const calls = ({ journal }: MockModel): number =>
  journal.entries.filter(({ kind }) => kind === 'received').length;

describe('a run against the servers of others', { timeout: 60_000 }, () => {
  it('measures both, cold and warm, with exactly the calls that were agreed to, and compares them', async () => {
    const llm = await model();
    const { url } = await tokenwireServer(llm.baseUrl, 'tw-hush');
    const result = await run({ url, sse: llm.baseUrl, token: 'tw-hush', maxRequests: 11 });
    expect(calls(llm)).toBe(8);
    expect(result?.cells.map(({ id, measured }) => [id, measured])).toEqual([
      ['websocket/cold/plain/as it is', 2],
      ['websocket/warm/plain/as it is', 2],
      ['sse-h1/cold/plain/as it is', 2],
      ['sse-h1/warm/plain/as it is', 2],
    ]);
    for (const cell of result?.cells ?? []) {
      expect(cell).toMatchObject({ failed: 0, missed_warm: 0, errors: [], violations: [], void: [] });
      expect(cell.tokens).toEqual({ expected: 8, received: 8, lost: 0, doubled: 0, reordered: 0 });
      expect(cell.metrics.ttft?.n).toBe(2);
      expect(cell.metrics.added).toBeUndefined();
      expect('connect' in cell.phases).toBe(cell.temperature === 'cold');
    }
    expect(result?.comparisons.map(({ a, b, temperature }) => `${a} ${b} ${temperature}`)).toEqual([
      'sse-h1 websocket cold',
      'sse-h1 websocket warm',
    ]);
    expect(result).toMatchObject({ model: null, formulas: [], claims: [], interrupted: false });
    expect(result?.target).toEqual({ kind: 'foreign', address: `${url}, ${llm.baseUrl}/chat/completions` });
    expect(JSON.stringify(result)).not.toContain('hush');
  });

  it('asks what it was told to ask', async () => {
    const llm = await model();
    await run({ sse: llm.baseUrl, prompt: 'Why?', model: 'small', temperatures: ['warm'], maxRequests: 1 });
    const asked = llm.journal.entries.find(({ kind }) => kind === 'received');
    expect(asked).toMatchObject({
      messages: [{ role: 'user', content: 'Why?' }],
      params: { model: 'small' },
    });
  });

  it('sends nothing without a yes where there is nobody to ask', async () => {
    const llm = await model();
    expect(await run({ sse: llm.baseUrl, yes: false })).toBeUndefined();
    expect(complaints.join('\n')).toMatch(/together 20 requests.*--yes sends them/s);
    expect(calls(llm)).toBe(0);
  });

  it('counts an answer without a finish reason as failed, and soon stops to pay for more', async () => {
    const llm = await model(say(WORDS, { finish: false }));
    const result = await run({ sse: llm.baseUrl, maxRequests: 40 });
    expect(result?.cells[0]?.errors[0]?.message).toBe('the stream stopped without finish_reason');
    expect(result?.void).toContain('nothing was measured: the stream stopped without finish_reason');
    expect(calls(llm)).toBeLessThan(40);
  });

  it('keeps what was measured before the server died', async () => {
    const llm = await model();
    const { url, die } = await tokenwireServer(llm.baseUrl);
    void llm.journal.until((_entry, _index, entries) => count(entries, 'ended') === 6).then(die);
    const result = await run({ url });
    const [measured, failed] = [sum(result, 'measured'), sum(result, 'failed')];
    expect(measured).toBeGreaterThanOrEqual(4);
    expect(failed).toBeGreaterThan(0);
    expect(measured + failed).toBe(20);
  });

  it('keeps what was measured before somebody had enough', async () => {
    const llm = await model();
    const { url } = await tokenwireServer(llm.baseUrl);
    const enough = new AbortController();
    void llm.journal
      .until((_entry, _index, entries) => count(entries, 'ended') === 6)
      .then(() => enough.abort());
    const result = await run({ url }, enough.signal);
    expect(result?.interrupted).toBe(true);
    expect(sum(result, 'measured')).toBeGreaterThanOrEqual(4);
    expect(sum(result, 'failed')).toBe(0);
    expect(calls(llm)).toBeLessThan(20);
  });

  it.each(['url', 'sse'] as const)(
    'stops answers of --%s under way when somebody has enough',
    async (kind) => {
      const llm = await model(HANG);
      const { url } = await tokenwireServer(llm.baseUrl);
      const enough = new AbortController();
      const gone = llm.journal.until({ kind: 'peer_gone' });
      void llm.journal.until({ kind: 'written' }).then(() => enough.abort());
      const result = await run(kind === 'url' ? { url } : { sse: llm.baseUrl }, enough.signal);
      await gone;
      expect(result).toMatchObject({ interrupted: true });
      expect(result?.cells.every(({ errors }) => errors.length === 0)).toBe(true);
    },
  );
});

function count(entries: readonly { kind: string }[], wanted: string): number {
  return entries.filter(({ kind }) => kind === wanted).length;
}
