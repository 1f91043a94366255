/**
 * Starts server.py and a model, does what the tutorial's client does, and reports what came of it.
 *
 *     node --conditions=tw-source conformance/examples/tutorial-server/judge.ts [--json FILE] [--markdown] [--slow]
 *
 * A report, not a gate: exit code 0 when everything could be judged, 2 for wrong usage, 3 when the server does not come
 * up, 4 when a scenario did not come to its point.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMockModel } from '@tokenwire/mock-llm';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { ServerProcess, StartFailed } from './server-process.ts';
import { NotJudged, PATIENCE_MS, Stage, type World } from './stage.ts';
import { markdown, type Row, summary, terminal } from './table.ts';

const USAGE = 'usage: judge.ts [--json FILE] [--markdown] [--slow]';
/** Long enough for uvicorn's own pings, every 20 s and answered within 20 s. */
const SLOW_MS = 60_000;

interface Options {
  json?: string | undefined;
  markdown: boolean;
  slow: boolean;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  await using model = await startMockModel();
  await using server = await ServerProcess.start(model.baseUrl);
  const silenceMs = options.slow ? SLOW_MS : PATIENCE_MS;
  const world: World = { model, url: server.url, silenceMs };
  const rows = await runAll(world);
  report(rows, options);
  return rows.some(({ judgement }) => judgement === 'not judged') ? 4 : 0;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
        slow: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return undefined;
  }
}

/**
 * One behind the other, so that what they measure is theirs; those that wait long, side by side
 * behind them.
 */
async function runAll(world: World): Promise<Row[]> {
  const rows = new Map<Scenario, Row>();
  const run = async (scenario: Scenario): Promise<void> => {
    rows.set(scenario, await runOne(scenario, world));
  };
  for (const scenario of scenarios.filter(({ patient }) => patient !== true)) await run(scenario);
  await Promise.all(scenarios.filter(({ patient }) => patient === true).map(run));
  return scenarios.flatMap((scenario) => rows.get(scenario) ?? []);
}

async function runOne(scenario: Scenario, world: World): Promise<Row> {
  using stage = new Stage(scenario.id, world);
  try {
    const { judgement, seen } = await scenario.run(stage);
    const violations = stage.violations();
    // What the oracle finds outweighs what the scenario looked at.
    return { scenario, judgement: violations.length > 0 ? 'broken' : judgement, seen, violations };
  } catch (error) {
    if (!(error instanceof NotJudged)) throw error;
    return { scenario, judgement: 'not judged', seen: error.message, violations: stage.violations() };
  }
}

function report(rows: readonly Row[], options: Options): void {
  const text = options.markdown ? markdown(rows) : terminal(rows);
  process.stdout.write(`${text}\n`);
  process.stderr.write(`\n${rows.length} scenarios: ${summary(rows)}\n`);
  if (options.json === undefined) return;
  const plain = rows.map(({ scenario: { id, title, rules, mendedBy }, ...rest }) => ({
    id,
    title,
    rules,
    mendedBy,
    ...rest,
  }));
  const json = JSON.stringify({ server: 'server.py', slow: options.slow, rows: plain }, null, 2);
  writeFileSync(options.json, `${json}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StartFailed)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 3;
}
