/** One line of progress on a terminal; on anything else, nothing but what failed, as it comes. */
import type { Redactor } from '../redact.ts';
import type { CaseResult } from '../result.ts';

export class Progress {
  readonly #redactor: Redactor;
  #failed = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  show(result: CaseResult, done: number, total: number): void {
    const failed = ['fail', 'false-claim', 'harness-error'].includes(result.verdict);
    if (failed) this.#failed++;
    if (process.stderr.isTTY) {
      const count = this.#failed > 0 ? `, ${this.#failed} failed` : '';
      const text = `${done}/${total}${count}  ${result.case.id}`;
      process.stderr.write(`\r\u001b[2K${this.#redactor.redact(text)}`);
    } else if (failed) {
      process.stderr.write(`${done}/${total}  failed: ${result.case.id}\n`);
    }
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }
}
