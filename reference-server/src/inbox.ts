/** What came from the client and waits: for its authentication, or for it to read its answers. */

export interface Pausable {
  pause(): void;
  resume(): void;
}

export class Inbox {
  readonly #socket: Pausable;
  #texts: string[] = [];
  #chars = 0;
  #paused = false;

  constructor(socket: Pausable) {
    this.#socket = socket;
  }

  get empty(): boolean {
    return this.#texts.length === 0;
  }

  /** The socket is not read, so nothing can be heard from the client. */
  get paused(): boolean {
    return this.#paused;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#chars += text.length;
  }

  /** Hands out what waits, in order, while `free`; then reads on only if at most `held` characters are left. */
  work(handle: (text: string) => void, free: () => boolean, held: () => number): void {
    while (this.#texts.length > 0 && free()) {
      const text = this.#texts.shift() as string;
      this.#chars -= text.length;
      handle(text);
    }
    this.#setPaused(this.#chars > held());
  }

  clear(): void {
    this.#texts = [];
    this.#chars = 0;
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }
}
