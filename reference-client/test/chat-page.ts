/** The page of `npm start`: the demo as a process of its own, and a tab of headless Chromium that shows it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

/** What is said when there is no browser. */
export const NO_CHROMIUM =
  'no chromium, chromium-browser or google-chrome in PATH: apt-get install chromium, or set CHROMIUM';

/** $CHROMIUM, or what PATH has. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env['CHROMIUM'], ...found].find((path) => path && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launch(executablePath: string): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
  return chromium.launch({ executablePath, args });
}

/** `npm start` on a free port. */
export class Demo implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Demo> {
    const start = fileURLToPath(new URL('../demo/start.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=tw-source', start, '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const complaints = readAll(child.stderr);
    for await (const line of createInterface(child.stdout)) {
      const [url] = /http:\S+/.exec(line) ?? [];
      if (url) return new Demo(url, child);
    }
    throw new Error(`npm start named no address: ${await complaints}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** One row of the frames panel. */
interface Row {
  direction: string;
  type: string;
  seq: string;
  says: string;
}

/** While the wire is cut the browser itself reports each attempt, whatever the page does. */
const REFUSED = /^WebSocket connection to '\S+' failed: Connection closed before receiving a handshake/;

/** A tab with nothing in its storage. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  /** What went wrong in the page by its own account. */
  readonly errors: string[] = [];
  #wasCut = false;

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(WAIT.timeout);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      const expected = this.#wasCut && REFUSED.test(message.text());
      if (message.type() === 'error' && !expected) this.errors.push(message.text());
    });
  }

  /** Opens the page, and waits until it is connected. */
  static async open(browser: Browser, { url }: Demo, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await browser.newContext({ viewport: { width: 1_100, height: 640 }, ...options });
    const tab = new Tab(await context.newPage());
    await tab.page.goto(url);
    await tab.shows('#status', 'connected');
    return tab;
  }

  /** Waits until the first such element has this text. */
  async shows(selector: string, text: string | RegExp): Promise<void> {
    const { source, flags } = text instanceof RegExp ? text : exact(text);
    const says = `document.querySelector(${JSON.stringify(selector)})?.textContent`;
    const wanted = `new RegExp(${JSON.stringify(source)}, '${flags}')`;
    try {
      await this.page.waitForFunction(`${wanted}.test(${says} ?? '')`);
    } catch (cause) {
      const said = JSON.stringify(await this.page.evaluate(says));
      throw new Error(`expected ${selector} to say ${String(text)}, and it says ${said}`, { cause });
    }
  }

  /** Types and presses Enter. */
  async ask(prompt: string): Promise<void> {
    await this.page.locator('#prompt').fill(prompt);
    await this.page.keyboard.press('Enter');
  }

  async cut(): Promise<void> {
    this.#wasCut = true;
    await this.button('Cut wire').click();
    await this.shows('#status', 'reconnecting');
  }

  async restore(): Promise<void> {
    await this.button('Restore').click();
    await this.shows('#status', 'connected');
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The rows of the frames panel, without heartbeats. */
  async frames(): Promise<Row[]> {
    const rows: string[][] = await this.page.evaluate(
      `[...document.querySelectorAll('#frames tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
    );
    return rows
      .map(([direction = '', type = '', seq = '', says = '']) => ({ direction, type, seq, says }))
      .filter(({ type }) => type !== 'ping' && type !== 'pong');
  }

  /** The types of the frames, `token` once where many follow each other. */
  async frameTypes(): Promise<string> {
    const types = (await this.frames()).map(({ type }) => type);
    return types.filter((type, i) => type !== 'token' || types[i - 1] !== 'token').join(' ');
  }

  /** What cannot be seen as a whole although it is not in a box that scrolls, and what makes the page scroll sideways. */
  overflowing(): Promise<string[]> {
    return this.page.evaluate(`(() => {
      const { scrollWidth, clientWidth, clientHeight } = document.documentElement;
      const seen = [...document.querySelectorAll('header *, form *, #wire, .bubble')]
        .filter((element) => element.checkVisibility() && !element.closest('.unseen'))
        .filter((element) => {
          const { left, right, top, bottom } = element.getBoundingClientRect();
          const scrolls = element.closest('main') !== null;
          return left < 0 || right > clientWidth || (!scrolls && (top < 0 || bottom > clientHeight));
        });
      const names = seen.map(({ tagName, id, className }) => tagName + '#' + id + '.' + className);
      return scrollWidth > clientWidth ? ['the page', ...names] : names;
    })()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** Nothing here takes long; a busy machine may take its time. */
export const WAIT = { timeout: 30_000, interval: 20 };

function exact(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
