import { beforeEach, describe, expect, it } from 'vitest';
import { complaints, listen, model, run, sum } from './foreign-run.ts';
import { deadPort, type Handler, httpServer, httpsServer, tokenwireServer } from './servers.ts';

beforeEach(listen);

const said = (body: string, status = 200): Handler => {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
};
const quoting: Handler = (request, response) => {
  const message = `wrong key ${request.headers.authorization}`;
  response.writeHead(request.method === 'GET' ? 200 : 403, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message } }));
};

describe('what cannot be measured', { timeout: 60_000 }, () => {
  it('is a port where nothing listens', async () => {
    const host = await deadPort();
    expect(await run({ url: `ws://${host}/` })).toBeUndefined();
    expect(complaints.at(-1)).toContain(`nothing listens at ws://${host}/: start the server`);
    expect(await run({ sse: `http://${host}/v1` })).toBeUndefined();
    expect(complaints.at(-1)).toContain(`nothing listens at http://${host}/v1/chat/completions`);
  });

  it('is a plain HTTP server behind --url', async () => {
    const url = `ws://${await httpServer(said('{}'))}/`;
    expect(await run({ url })).toBeUndefined();
    expect(complaints.at(-1)).toContain(`there is no WebSocket at ${url} (HTTP status 200)`);
  });

  it('is a server that does not take the token', async () => {
    const llm = await model();
    const { url } = await tokenwireServer(llm.baseUrl, 'right');
    expect(await run({ url, token: 'wrong' })).toBeUndefined();
    expect(complaints.at(-1)).toMatch(/refused the credentials \(4401\).*--token/);
  });

  it('is an API that does not take the key', async () => {
    const sse = `http://${await httpServer(said('{"error":{"message":"no"}}', 401))}/v1`;
    expect(await run({ sse })).toBeUndefined();
    expect(complaints.at(-1)).toMatch(/refused the credentials \(401\).*OPENAI_API_KEY/);
  });

  it('is an API that quotes the key as it refuses it, and the report does not', async () => {
    const result = await run({ sse: `http://${await httpServer(quoting)}/v1` });
    expect(sum(result, 'measured')).toBe(0);
    expect(JSON.stringify(result)).not.toContain('sk-hush');
  });

  it('is an API that does not stream', async () => {
    const result = await run({ sse: `http://${await httpServer(said('{}'))}/v1` });
    expect(result?.void.join()).toMatch(/application\/json instead of text\/event-stream/);
  });

  it('is a certificate that nobody vouches for, unless --insecure says so', async () => {
    const sse = `https://${await httpsServer(said('{}'))}/v1`;
    expect(await run({ sse })).toBeUndefined();
    expect(complaints.at(-1)).toMatch(/certificate of .* is not trusted .*--insecure/);
    const result = await run({ sse, insecure: true });
    expect(result?.void.join()).toMatch(/instead of text\/event-stream/);
    expect(await run({ url: sse.replace('https', 'wss') })).toBeUndefined();
    expect(complaints.at(-1)).toMatch(/certificate of wss:.* is not trusted/);
  });

  it('is TLS with a server that does not speak it', async () => {
    const host = await httpServer(said('{}'));
    expect(await run({ url: `wss://${host}/` })).toBeUndefined();
    expect(complaints.at(-1)).toContain(`wss://${host}/ does not speak TLS: ws:// is for servers without it`);
  });
});
