import type { Reply } from './answer.ts';
import { Call } from './call.ts';
import { type ChatRequest, decodeChatRequest } from './chat-request.ts';
import { interpret, type Waits } from './interpret.ts';
import { Journal } from './journal.ts';
import { Latches } from './latches.ts';
import { findMarker, markerOf } from './marker.ts';
import { openAiError } from './openai-error.ts';
import { defaultReply } from './say.ts';
import { decodeScript, type Script } from './step.ts';
import { StreamedBody } from './streamed-body.ts';
import { aborted, type Delay, timerDelay, withPatience } from './wait.ts';
import { WholeBody } from './whole-body.ts';

export interface ScriptedModelOptions {
  /** What a request without a marker gets; by default a paragraph of about 60 tokens, 30 ms apart. */
  defaultScript?: Script;
  /** How long a barrier or a hang may last, in milliseconds, before the model resets; without end by default. */
  patience?: number;
  /** Performs the delays; real timers by default. */
  delay?: Delay;
}

interface Part {
  attempts: Script[];
  latches: Latches;
  calls: number;
}

interface Choice {
  key?: string;
  script: Script;
  latches?: Latches;
}

const UNREADABLE: ChatRequest = { model: '', messages: [], stream: false, includeUsage: false, params: {} };

/** The model without a socket: scripts, barriers and the journal. The HTTP and msw shells drive it. */
export class ScriptedModel {
  readonly journal: Journal = new Journal();
  readonly #parts = new Map<string, Part>();
  readonly #live = new Set<Call>();
  readonly #options: ScriptedModelOptions;
  #calls = 0;

  /** Throws a TypeError on an impossible default script. */
  constructor(options: ScriptedModelOptions = {}) {
    if (options.defaultScript) checked(options.defaultScript);
    this.#options = options;
  }

  /**
   * Registers what calls of this key get. With several scripts the first call gets the first, and the
   * last one serves all further calls. A key registered again begins anew, with closed barriers.
   * @returns the marker for the user's message, `[[script:KEY]]`
   * @throws TypeError on an impossible key or script
   */
  script(key: string, script: Script, ...later: Script[]): string {
    const marker = markerOf(key);
    const attempts = [script, ...later].map(checked);
    const names = attempts.flat().flatMap((step) => (step.kind === 'barrier' ? [step.name] : []));
    this.#parts.set(key, { attempts, latches: new Latches(names), calls: 0 });
    return marker;
  }

  /**
   * Opens a barrier for good, for all calls of the key, whether one already waits there or not.
   * Throws a RangeError on a key or name that nobody registered.
   */
  release(key: string, barrierName: string): void {
    this.#part(key).latches.open(barrierName);
  }

  /** Opens every barrier of the key. */
  releaseAll(key: string): void {
    this.#part(key).latches.openAll();
  }

  /** @internal For the shells: begins a call whose body has arrived, and says how to answer it. */
  receive(body: string, headers: Record<string, string>): Reply {
    const decoded = decodeChatRequest(body);
    const request = decoded.ok ? decoded.request : UNREADABLE;
    const choice = decoded.ok ? this.#choose(request) : refusal(decoded.status, decoded.message);
    const name = { call: ++this.#calls, key: choice.key };
    const call = new Call(name, this.journal, (settled) => this.#live.delete(settled));
    this.#live.add(call);
    const { messages, stream, params } = request;
    this.journal.record(name, { kind: 'received', messages, stream, params, headers });
    const head = {
      id: `chatcmpl-mock-${name.call}`,
      created: Math.floor(Date.now() / 1000),
      model: request.model,
    };
    return {
      call,
      body: stream ? new StreamedBody(head, request.includeUsage) : new WholeBody(head),
      effects: interpret(choice.script, this.#waits(choice.latches), call.signal),
    };
  }

  /** Ends all calls under way, and all waits for the journal. */
  stop(): void {
    for (const call of this.#live) call.cutOff();
    this.journal.close();
  }

  #choose({ messages }: ChatRequest): Choice {
    const marker = findMarker(messages);
    switch (marker.kind) {
      case 'none':
        return { script: this.#options.defaultScript ?? defaultReply() };
      case 'steps':
        return { script: marker.script };
      case 'fault':
        return refusal(400, marker.message);
      case 'key': {
        const { key } = marker;
        const part = this.#parts.get(key);
        if (!part)
          return { key, ...refusal(404, `no script is registered under "${key}"`, 'script_not_found') };
        const script = part.attempts[Math.min(part.calls++, part.attempts.length - 1)] ?? [];
        return { key, script, latches: part.latches };
      }
      default:
        return marker satisfies never;
    }
  }

  #waits(latches = new Latches([])): Waits {
    const { delay = timerDelay, patience } = this.#options;
    return {
      delay,
      barrier: (name, signal) => latches.wait(name, withPatience(signal, patience)),
      hang: (signal) => aborted(withPatience(signal, patience)),
    };
  }

  #part(key: string): Part {
    const part = this.#parts.get(key);
    if (!part) throw new RangeError(`no script is registered under "${key}"`);
    return part;
  }
}

function checked(script: Script): Script {
  const decoded = decodeScript(script);
  if (!decoded.ok) throw new TypeError(`not a script: ${decoded.message}`);
  return decoded.script;
}

function refusal(status: number, message: string, code: string | null = null): Choice {
  return { script: [{ kind: 'refuse', status, body: openAiError(status, message, code) }] };
}
