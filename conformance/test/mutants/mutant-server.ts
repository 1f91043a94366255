/**
 * A server that breaks one rule: the man in the middle between the runner, a good server and the model.
 * Usage: node --conditions=tw-source mutant-server.ts <mutant>, as the runner's --command. Reads PORT and
 * OPENAI_BASE_URL; the good server is `tokenwire-server`, or the command in MUTATED_SERVER.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { freePort } from '../../src/server-process.ts';
import { modelProxy } from './model-proxy.ts';
import type { Mutant } from './mutant.ts';
import { dies, indiscreet, mutants, none } from './mutants.ts';
import { relayUpgrade, type Surroundings } from './relay.ts';

function chosen(): Mutant {
  const [, , name] = process.argv;
  const found = [none, dies, indiscreet, ...mutants].find((one) => one.name === name);
  if (!found) throw new Error(`there is no mutant "${name}"`);
  return found;
}

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function isUp(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

const mutant = chosen();
const modelUrl = process.env['OPENAI_BASE_URL'] ?? '';
const model = modelProxy(new URL(modelUrl).origin, mutant.model ?? {});
const modelPort = await listen(model);
const port = await freePort();
const good = spawn(`exec ${process.env['MUTATED_SERVER'] ?? 'tokenwire-server'}`, {
  shell: true,
  stdio: 'inherit',
  env: { ...process.env, PORT: String(port), OPENAI_BASE_URL: `http://127.0.0.1:${modelPort}/v1` },
});
const around: Surroundings = {
  mutant,
  connections: 0,
  port,
  streams: new Map(),
  callModel: (messages) =>
    new Promise((resolve) => {
      const call = request(`${modelUrl}/chat/completions`, { method: 'POST' }, (answer) => {
        answer.resume();
        resolve();
      });
      call.once('error', () => resolve());
      call.end(JSON.stringify({ model: 'mutant', stream: true, messages }));
    }),
};
const front = createServer((_asked, response) => void response.writeHead(426).end());
front.on('upgrade', (asked, socket, head) => relayUpgrade(asked, socket, head, around));

// A signal is for the good server, which got it too: this one follows when that is gone.
process.on('SIGTERM', () => {});
good.once('exit', (code) => {
  process.exitCode = code ?? 1;
  front.close();
  model.close();
  setTimeout(() => process.exit(), 300).unref();
});
await isUp(port);
await listen(front, Number(process.env['PORT']));
