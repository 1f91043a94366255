/** The command `tokenwire-bench`. */
import { Command, CommanderError } from 'commander';
import { addCalibrateCommand } from './commands/calibrate.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addMergeCommand } from './commands/merge.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { conclude } from './run/conclude.ts';

const program = new Command('tokenwire-bench')
  .description(
    'Measures how soon and how steadily tokens arrive, over WebSocket, SSE, blocking HTTP and polling.',
  )
  .exitOverride();

addRunCommand(program);
addCompareCommand(program);
addMergeCommand(program, undefined, { conclude });
addReportCommand(program);
addCalibrateCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    // A process of the run could not start, or died before anything was measured.
    console.error(`tokenwire-bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 3;
  }
}
