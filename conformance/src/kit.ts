/** What a case holds in its hands: connections, streams with their scripts, and checks. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { MockModel, Script } from '@tokenwire/mock-llm';
import { say } from '@tokenwire/mock-llm';
import { type Hook, type RequirementId, SUBPROTOCOL } from '@tokenwire/spec';

import { Client } from './client.ts';
import type { LagMonitor } from './lag.ts';
import { PlannedStream } from './planned-stream.ts';
import type { ServerProcess } from './server-process.ts';
import { type Credentials, type Instance, SHORT_LIFE_MS, type Target } from './target.ts';
import type { Recorder, WireMessage } from './trace.ts';
import { Broken, Inconclusive, NotApplicable } from './verdict.ts';
import { PATIENCE_MS, show, Waiter } from './wait.ts';

/** What a case may wait for a timer of the server that it cannot shorten. */
const BUDGET_MS = 12_000;

/** Timers of common platforms count whole milliseconds and may round a part of one away. */
const TIMER_GRAIN_MS = 1;

export type PrincipalLabel = 'a' | 'b' | 'none' | 'short-lived' | 'refreshed';

export interface ConnectOptions {
  principal?: PrincipalLabel;
  /** Instead of the principal's: these credentials, or none at all. */
  auth?: Credentials | null;
  features?: WireMessage;
  offered?: readonly string[];
  compression?: boolean;
  answersPings?: boolean;
  /** Connect to the second node of the store. */
  secondNode?: boolean;
}

export interface KitOptions {
  /** The id of the case. */
  name: string;
  target: Target;
  instance: Instance;
  model: MockModel;
  recorder: Recorder;
  lag: LagMonitor;
  /** Wait for every timer of the server, however long. */
  slow: boolean;
  /** Notes a secret that no report may show, and returns it. */
  secret: (text: string) => string;
  /** Registers the key of a script, so that its journal reaches this case. */
  listen: (key: string, script: Script) => void;
}

export class Kit {
  readonly recorder: Recorder;
  readonly waiter: Waiter;
  readonly target: Target;
  readonly #options: KitOptions;
  readonly #clients: Client[] = [];
  readonly #sessions: Record<string, string> = {};
  readonly #keys: string[] = [];
  instance: Instance;

  constructor(options: KitOptions) {
    this.#options = options;
    this.recorder = options.recorder;
    this.waiter = new Waiter(options.recorder, options.lag);
    this.target = options.target;
    this.instance = options.instance;
  }

  /** A connection on which `hello` was said and `welcome` came. */
  async connect(options: ConnectOptions = {}): Promise<Client> {
    const client = await this.open(options);
    client.send(this.hello(options));
    await client.welcomed();
    return client;
  }

  /** A connection on which nothing was said yet. */
  async open(options: ConnectOptions = {}): Promise<Client> {
    const client = this.dial(options);
    await client.opened();
    return client;
  }

  /** A connection whose upgrade is under way. */
  dial(options: ConnectOptions = {}): Client {
    const principal = options.principal ?? 'a';
    const { address, second } = this.instance;
    if (options.secondNode && !second) throw new NotApplicable('the hook second_node is missing');
    const client = new Client(this.waiter, options.secondNode && second ? second : address, {
      name: String.fromCharCode(65 + this.#clients.length),
      principal: principal === 'short-lived' || principal === 'refreshed' ? 'carol' : principal,
      offered: options.offered ?? [SUBPROTOCOL],
      compression: options.compression ?? false,
      answersPings: options.answersPings ?? true,
    });
    this.#clients.push(client);
    return client;
  }

  /** The `hello` of a principal. */
  hello({ principal = 'a', auth, features = {} }: ConnectOptions = {}): WireMessage {
    const client = { name: 'tokenwire-conformance', version: '0.1.0' };
    const credentials = auth === undefined ? this.#credentials(principal) : (auth ?? undefined);
    const identity = credentials ? { auth: credentials } : this.#session(principal, auth);
    return { type: 'hello', ...identity, features, client };
  }

  #credentials(principal: PrincipalLabel): Credentials | undefined {
    const { a, b, shortLived } = this.instance.principals;
    if (principal === 'short-lived' || principal === 'refreshed') {
      if (!shortLived) throw new NotApplicable('the hook expired_token is missing');
      return principal === 'refreshed' ? shortLived.refreshed : shortLived.first;
    }
    if (principal === 'b' && a && !b) throw new NotApplicable('the hook second_principal is missing');
    return principal === 'b' ? b : a;
  }

  #session(principal: PrincipalLabel, auth: Credentials | null | undefined): WireMessage {
    if (principal === 'none' || auth === null) return {};
    this.#sessions[principal] ??= this.#options.secret(randomBytes(24).toString('base64url'));
    return { session: this.#sessions[principal] };
  }

  /** A stream to be generated, with what the model will say to it. */
  stream(script: Script | readonly string[], options: { gate?: boolean; id?: string } = {}): PlannedStream {
    const steps = isScript(script) ? script : say(script, { gate: options.gate ?? false });
    const key = `${this.#options.name.replace(/[^a-z0-9]+/g, '-')}-${randomBytes(5).toString('hex')}`;
    this.#keys.push(key);
    this.#options.listen(key, steps);
    const marker = this.#options.model.script(key, steps);
    return new PlannedStream(this.waiter, this.#options.model, {
      id: options.id ?? randomUUID(),
      key,
      marker,
    });
  }

  /** A stream behind barriers that was generated on `client`, with the first `read` texts released and received. */
  async begin(
    client: Client,
    texts: readonly string[],
    { read = 0, fields = {} }: { read?: number; fields?: WireMessage } = {},
  ): Promise<PlannedStream> {
    const stream = this.stream(texts, { gate: true });
    client.send(stream.generate(fields));
    await client.receives({ type: 'start', id: stream.id }, 'generate.first-answer');
    for (let index = 0; index < read; index++) {
      stream.release(index);
      await client.reads(stream.id, texts[index] ?? '', 'sequence.first-token-at-once');
    }
    return stream;
  }

  /** Ends the case with a violation of `requirement` unless `holds`. */
  check(requirement: RequirementId, holds: boolean, expected: string, actual: unknown): void {
    if (!holds) throw new Broken({ requirement, expected, actual: show(actual) });
  }

  /** Ends the case as one that says nothing about this target. */
  notApplicable(why: string): never {
    throw new NotApplicable(why);
  }

  /** Asks for `stream` again and again until the credentials of `client` have expired. */
  async expiry(client: Client, stream: PlannedStream): Promise<void> {
    const deadline = this.now + SHORT_LIFE_MS + PATIENCE_MS;
    for (;;) {
      client.send(stream.resume(client.welcome.epoch, client.cursor(stream.id)));
      const answer = await client.either(['resumed', 'error', 'closed'], stream.id, 'resume.answered');
      if (answer.kind === 'closed') {
        this.check('auth.expired', answer.code === 4501, 'a close with 4501', answer.code);
        return;
      }
      const { type, code } = answer.message ?? {};
      if (type === 'error') {
        this.check('auth.expired', code === 'auth_expired', 'error{auth_expired}', answer.raw);
        return;
      }
      this.check('auth.expired', this.now < deadline, 'the credentials to expire', 'they are still served');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Resumes an ended stream until its log has expired, which it must not have done before `retentionMs`. */
  async expiredLog(
    client: Client,
    stream: PlannedStream,
    { from, retentionMs }: { from: number; retentionMs: number },
  ): Promise<void> {
    for (;;) {
      const asked = client.send(stream.resume(client.welcome.epoch, 0));
      const answer = await client.either(['resumed', 'error', 'closed'], stream.id, 'resume.answered');
      const raw = answer.kind === 'received' ? answer.raw : `the connection closed with ${answer.code}`;
      if (answer.kind === 'received' && answer.message?.['type'] === 'resumed') {
        const late = asked.at - from - this.waiter.lag.between(from, asked.at) > retentionMs + PATIENCE_MS;
        this.check('resume.expired', !late, `error{expired} soon after ${retentionMs} ms`, raw);
        await client.receives({ type: 'end', id: stream.id }, 'resume.ended');
        await new Promise((resolve) => setTimeout(resolve, 25));
        continue;
      }
      const expired = answer.kind === 'received' && answer.message?.['code'] === 'expired';
      this.check('resume.expired', expired, 'error{expired}', raw);
      this.notBefore('resume.ended', 'the log', answer.at - from, retentionMs);
      return;
    }
  }

  /** Ends the case with a violation when something came before its time. */
  notBefore(requirement: RequirementId, what: string, tookMs: number, leastMs: number): void {
    const actual = `after ${Math.round(tookMs)} ms`;
    this.check(requirement, tookMs >= leastMs - TIMER_GRAIN_MS, `${what} to last ${leastMs} ms`, actual);
  }

  /** When this client sent its last message, on the clock of the trace. */
  lastSent(client: Client): number {
    const last = this.recorder.events.findLast(
      (event) => event.kind === 'sent' && event.conn === client.name,
    );
    return last?.at ?? 0;
  }

  /** Kills the server and starts it again at the same address. */
  async restart(): Promise<void> {
    const { process, address } = this.#ownServer('restart');
    this.recorder.did('kills the server and starts it again');
    await process.kill('SIGKILL');
    const again = await this.target.own(Number(new URL(address.url).port));
    if (again) this.instance = again;
  }

  /** Tells the server to drain. */
  async drain(): Promise<void> {
    const { process } = this.#ownServer('drain');
    this.recorder.did('sends SIGTERM to the server');
    await process.kill('SIGTERM');
  }

  #ownServer(hook: string): { process: ServerProcess; address: Instance['address'] } {
    const { process, address } = this.instance;
    if (!process) throw new NotApplicable(`the hook ${hook} is missing`);
    return { process, address };
  }

  /** Ends the case as one that cannot be judged on this target. */
  inconclusive(why: string): never {
    throw new Inconclusive(why);
  }

  /** Ends the case when a timer of the server takes longer than a run should: inconclusive, or for want of the hook. */
  afford(ms: number, what: string, hook?: Hook): void {
    if (ms <= BUDGET_MS || this.#options.slow) return;
    if (hook) throw new NotApplicable(`the hook ${hook} is missing: ${what} takes ${ms} ms here`);
    throw new Inconclusive(`${what} takes ${ms} ms here; --slow waits for it`);
  }

  /** Proves that the server has handled what was sent before: a round trip through it and the model. */
  async settle(client: Client): Promise<void> {
    const stream = this.stream(['settled']);
    client.send(stream.generate());
    await client.receives({ type: 'end', id: stream.id }, 'end.once');
  }

  get now(): number {
    return this.waiter.now;
  }

  /** What the server sent behind the last thing that the case waited for belongs to the trace as well. */
  async lastWords(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.lastWords()));
  }

  /** Lets go of every connection and of every answer that still hangs. */
  dispose(): void {
    for (const client of this.#clients) client.destroy();
    for (const key of this.#keys) this.#options.model.releaseAll(key);
  }
}

function isScript(items: Script | readonly string[]): items is Script {
  return typeof items[0] === 'object';
}
