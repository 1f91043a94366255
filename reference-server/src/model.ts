/** What the server needs of a model. `openai-model.ts` is one; a test brings its own. */
import type { ChatMessage, FinishReason, KnownErrorCode, UpstreamOutcome, Usage } from '@tokenwire/spec';

/** One question to the model, checked. */
export interface ModelRequest {
  readonly messages: readonly ChatMessage[];
  /** The model's name as it stands in `start.model`. */
  readonly model: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Why a `generate` cannot be asked of this model. */
export interface RequestRefusal {
  readonly code: 'unsupported_param' | 'invalid';
  readonly message: string;
}

/** How a call ended. `upstream` is what became of the paid call, claimed only when it is known. */
export interface ModelEnd {
  readonly finishReason: FinishReason;
  readonly upstream: UpstreamOutcome;
  readonly usage?: Usage;
  /** Present when `finishReason` is `error`. */
  readonly error?: { readonly code: KnownErrorCode; readonly message: string };
}

/** Receives what a call yields. After `end` nothing may come. */
export interface ModelSink {
  /** A request is going out to the model now. */
  requested(): void;
  /** One delta, as it came: any length, possibly half a surrogate pair. */
  text(delta: string): void;
  end(end: ModelEnd): void;
}

/** A call that is under way. */
export interface ModelCall {
  /**
   * Stops the call: closes the connection to the model, sends no further request, and reports `end`
   * when that is done, with upstream `aborted` only once the connection is closed, and `none` when
   * the model was never called.
   */
  abort(): void;
}

export interface ModelAdapter {
  /** The model that answers when the client names none. */
  readonly defaultModel: string;
  /** Refuses parameters that the model would not honour, before anything is accepted. */
  check?(request: ModelRequest): RequestRefusal | undefined;
  /** Starts a call. Never throws: what goes wrong is reported to `sink.end`. */
  call(request: ModelRequest, sink: ModelSink): ModelCall;
  /** Loads what is heavy, ahead of the first call. */
  warmUp?(): Promise<void>;
}
