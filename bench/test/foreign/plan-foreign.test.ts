import { describe, expect, it } from 'vitest';
import { estimateText } from '../../src/foreign/consent.ts';
import { type ForeignOptions, type ForeignPlan, planForeign } from '../../src/foreign/plan-foreign.ts';
import { redact, secretsOf } from '../../src/foreign/secrets.ts';

const BOTH = { url: 'wss://example.com/ws', sse: 'https://example.com/v1' };

function plan(options: ForeignOptions, env: Record<string, string> = {}): ForeignPlan {
  const planned = planForeign(options, env);
  if (!planned.ok) throw new Error(planned.message);
  return planned.value;
}

describe('the plan of a run against the servers of others', () => {
  it.each([
    [4, 1],
    [7, 1],
    [20, 5],
    [103, 25],
  ])('sends at most %i requests', (maxRequests, rounds) => {
    const { settings, cells } = plan({ ...BOTH, maxRequests });
    expect(settings.rounds).toBe(rounds);
    expect(settings.rounds * settings.perRound * cells.length).toBeLessThanOrEqual(maxRequests);
    expect(settings.interactions).toBe(0);
  });

  it('says so when that is not enough for one request of each condition', () => {
    expect(planForeign({ ...BOTH, maxRequests: 3 }, {})).toMatchObject({
      ok: false,
      message: expect.stringContaining('at least 4'),
    });
  });

  it.each([0, -1, Number.NaN])('has no rate of %f per second', (rate) => {
    expect(planForeign({ ...BOTH, rate }, {}).ok).toBe(false);
  });

  it('spreads a round over so long that the rate is kept', () => {
    expect(plan({ ...BOTH, rate: 2 }).settings.windowMs).toBe(2000);
  });

  it('sends the key of the environment to the API and the token to the Tokenwire server', () => {
    const { servers } = plan({ ...BOTH, token: 'ours' }, { OPENAI_API_KEY: 'theirs' });
    expect(servers[0]).toMatchObject({ token: 'ours', headers: {} });
    expect(servers[1]).toMatchObject({ token: undefined, headers: { authorization: 'Bearer theirs' } });
  });

  it('lets a header of the user take the place of the key', () => {
    const { servers } = plan(
      { ...BOTH, header: [['Authorization', 'Bearer mine']] },
      { OPENAI_API_KEY: 'k' },
    );
    expect(servers[1]?.headers).toEqual({ authorization: 'Bearer mine' });
  });
});

describe('the estimate', () => {
  it('says how many requests go where, that they cost, and for how long', () => {
    const { servers, settings, rate } = plan({ ...BOTH, maxRequests: 8 });
    const { temperatures, rounds } = settings;
    const text = estimateText({ servers, temperatures, rounds, rate });
    expect(text).toContain('2 cold and 2 warm to wss://example.com/ws');
    expect(text).toContain('together 8 requests, each of them a call of a model that somebody pays for');
    expect(text).toContain('about 8 s');
  });

  it('warns that nothing can be compared when only one is asked over TLS', () => {
    const { servers } = plan({ ...BOTH, url: 'ws://example.com/ws' });
    const text = estimateText({ servers, temperatures: ['cold'], rounds: 1, rate: 1 });
    expect(text).toContain('will not be compared');
  });
});

it('takes all secrets out of a command line', () => {
  const options: ForeignOptions = {
    url: 'wss://example.com/ws?key=in-query',
    sse: 'https://me:in-address@example.com/v1',
    token: 'as-token',
    header: [['x-key', 'in-header']],
  };
  const secrets = secretsOf(options, plan(options, { OPENAI_API_KEY: 'in-environment' }));
  const typed = `run --url ${options.url} --sse ${options.sse} --token as-token --header 'x-key: in-header'`;
  expect(redact(typed, secrets)).toBe(
    "run --url wss://example.com/ws?key=… --sse https://example.com/v1/chat/completions --token … --header 'x-key: …'",
  );
});
