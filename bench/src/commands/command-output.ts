import { isatty } from 'node:tty';

/** Where a command writes, and how it ends. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly exit: (code: number) => void;
  /** Whether `out` is a terminal that shows colours. */
  readonly color: boolean;
}

export const processOutput: CommandOutput = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
  color: isatty(1) && !process.env['NO_COLOR'],
};
