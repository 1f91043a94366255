import type { Stream } from '../../src/stream.ts';
import type { ModelAdapter, ModelCall, ModelEnd, ModelRequest, ModelSink } from '../../src/model.ts';
import { checkParams } from '../../src/params.ts';

export class FakeCall implements ModelCall {
  readonly request: ModelRequest;
  readonly sink: ModelSink;
  aborted = false;
  /** What `abort` reports, or nothing for a model that does not let go. */
  onAbort: ModelEnd | undefined = { finishReason: 'cancelled', upstream: 'aborted' };

  constructor(request: ModelRequest, sink: ModelSink) {
    this.request = request;
    this.sink = sink;
  }

  /** Of the stream that made this call. */
  get id(): string {
    return (this.sink as Stream).id;
  }

  abort(): void {
    this.aborted = true;
    if (this.onAbort !== undefined) this.sink.end(this.onAbort);
  }

  say(...texts: string[]): void {
    for (const text of texts) this.sink.text(text);
  }

  stop(): void {
    this.sink.end({ finishReason: 'stop', upstream: 'completed' });
  }
}

/** A model that says what the test tells it to. */
export class FakeModel implements ModelAdapter {
  readonly defaultModel = 'gpt-5-mini';
  readonly calls: FakeCall[] = [];
  /** The next check throws. */
  breaks = false;

  check(request: ModelRequest): ReturnType<typeof checkParams> {
    const breaks = this.breaks;
    this.breaks = false;
    if (breaks) throw new Error('out of order');
    return checkParams(request.params);
  }

  call(request: ModelRequest, sink: ModelSink): FakeCall {
    const call = new FakeCall(request, sink);
    this.calls.push(call);
    sink.requested();
    return call;
  }

  get last(): FakeCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error('the model was not called');
    return call;
  }
}
