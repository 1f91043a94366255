import { createServer as createHttpServer } from 'node:http';
import { createServer, openAiModel } from '@tokenwire/server';

const { env } = process;
const users = new Map((env.TOKENWIRE_AUTH_TOKENS?.split(',') ?? []).map((pair) => pair.split('=')));
const authenticate = ({ auth }) => {
  const [principal, lifetime] = users.get(auth?.token)?.split('@') ?? [];
  return principal && { principal, ...(lifetime && { expiresInMs: Number(lifetime) }) };
};
const ms = (name, usual) => Number(env[`TOKENWIRE_${name}_MS`] ?? usual);
const server = createHttpServer();
const tokenwire = createServer({
  server,
  model: openAiModel({ model: 'any' }),
  limits: { hello_timeout_ms: ms('HELLO_TIMEOUT', 10_000), retention_ms: ms('RETENTION', 300_000) },
  heartbeat: { interval_ms: ms('HEARTBEAT_INTERVAL', 15_000), timeout_ms: ms('HEARTBEAT_TIMEOUT', 10_000) },
  ...(users.size > 0 && { authenticate }),
});
server.listen(Number(env.PORT), '127.0.0.1');
process.once('SIGTERM', () => void tokenwire.drain({ deadlineMs: 1000 }).then(() => process.exit(0)));
