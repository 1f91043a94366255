/** The server under test: started here with a command, or running elsewhere. */
import type { Address } from './peer.ts';
import { answersUpgrade, freePort, ServerProcess } from './server-process.ts';
import { PATIENCE_MS } from './wait.ts';

/**
 * The servers that the runner starts when it is given a command:
 * - `plain`: all defaults.
 * - `quick`: short hello timeout, heartbeat, grace and retention, and few streams.
 * - `guarded`: credentials required.
 * - `own`: a plain server that belongs to this case alone, which may stop it.
 */
export type Profile = 'plain' | 'quick' | 'guarded' | 'own';

/** Credentials as they go into `hello.auth`. */
export interface Credentials {
  scheme: string;
  token: string;
}

/** Who can connect, by label; `undefined` where no credentials are needed. */
export interface Principals {
  a: Credentials | undefined;
  b: Credentials | undefined;
  /** Credentials that expire `SHORT_LIFE_MS` after `welcome`, and fresh ones of the same principal. */
  shortLived?: { first: Credentials; refreshed: Credentials } | undefined;
}

export const SHORT_LIFE_MS = 700;

/** One running server. */
export interface Instance {
  address: Address;
  /** Another node of the same store. */
  second?: Address | undefined;
  principals: Principals;
  /** Undefined for a server that the runner did not start. */
  process?: ServerProcess | undefined;
}

export interface Target {
  /** As it stands in reports. */
  name: string;
  /** Can the runner start and stop servers? */
  startsServers: boolean;
  /** The shared server of a profile, started at first use; `undefined` when this target has no such server. */
  instance(profile: Exclude<Profile, 'own'>): Promise<Instance | undefined>;
  /** Does the server there still answer? */
  isUp(address: Address): Promise<boolean>;
  /** A server of its own for one case. */
  own(port?: number): Promise<Instance | undefined>;
  stop(): Promise<void>;
}

const bearer = (token: string): Credentials => ({ scheme: 'bearer', token });

const TOKENS = 'alice-secret=alice,bob-secret=bob,carol-fresh=carol,carol-short=carol@';

const knobs: Record<Profile, Record<string, string>> = {
  plain: {},
  quick: {
    TOKENWIRE_HELLO_TIMEOUT_MS: '1500',
    TOKENWIRE_HEARTBEAT_INTERVAL_MS: '600',
    TOKENWIRE_HEARTBEAT_TIMEOUT_MS: '900',
    TOKENWIRE_GRACE_MS: '700',
    TOKENWIRE_RETENTION_MS: '700',
    TOKENWIRE_MAX_STREAMS: '3',
  },
  guarded: { TOKENWIRE_AUTH_TOKENS: `${TOKENS}${SHORT_LIFE_MS}` },
  own: { TOKENWIRE_DRAIN_DEADLINE_MS: '1000' },
};

const guardedPrincipals: Principals = {
  a: bearer('alice-secret'),
  b: bearer('bob-secret'),
  shortLived: { first: bearer('carol-short'), refreshed: bearer('carol-fresh') },
};

const nobody: Principals = { a: undefined, b: undefined };

/** A target that the runner starts itself, once for each profile that is needed. */
export class CommandTarget implements Target {
  readonly name: string;
  readonly startsServers = true;
  readonly #command: string;
  readonly #modelUrl: string;
  readonly #startTimeoutMs: number;
  readonly #shared = new Map<Profile, Promise<Instance>>();
  readonly #processes: ServerProcess[] = [];

  constructor(command: string, modelUrl: string, startTimeoutMs: number) {
    this.name = command;
    this.#command = command;
    this.#modelUrl = modelUrl;
    this.#startTimeoutMs = startTimeoutMs;
  }

  instance(profile: Exclude<Profile, 'own'>): Promise<Instance> {
    const running = this.#shared.get(profile) ?? this.#start(profile);
    this.#shared.set(profile, running);
    return running;
  }

  isUp(address: Address): Promise<boolean> {
    return answersUpgrade(address.url, PATIENCE_MS);
  }

  own(port?: number): Promise<Instance> {
    return this.#start('own', port);
  }

  async #start(profile: Profile, port?: number): Promise<Instance> {
    const chosen = port ?? (await freePort());
    const env = {
      ...knobs[profile],
      PORT: String(chosen),
      OPENAI_BASE_URL: this.#modelUrl,
      OPENAI_API_KEY: 'sk-conformance',
    };
    const server = new ServerProcess(this.#command, env);
    this.#processes.push(server);
    await server.accepts(chosen, this.#startTimeoutMs);
    return {
      address: { url: `ws://127.0.0.1:${chosen}/`, headers: {} },
      principals: profile === 'guarded' ? guardedPrincipals : nobody,
      process: server,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((server) => server.kill('SIGKILL')));
  }
}

/** A server that runs already. */
export class UrlTarget implements Target {
  readonly name: string;
  readonly startsServers = false;
  readonly #instance: Instance;

  constructor(address: Address, principals: Principals, second?: Address) {
    this.name = address.url;
    this.#instance = { address, principals, second };
  }

  instance(profile: Exclude<Profile, 'own'>): Promise<Instance | undefined> {
    const guarded = this.#instance.principals.a !== undefined;
    return Promise.resolve(profile === 'guarded' && !guarded ? undefined : this.#instance);
  }

  isUp(address: Address): Promise<boolean> {
    return answersUpgrade(address.url, PATIENCE_MS);
  }

  own(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async stop(): Promise<void> {}
}
