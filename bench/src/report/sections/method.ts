/** How it was measured: what somebody needs to doubt the numbers well, or to get them again. */
import type { Network, Result } from '../../result/schema.ts';
import { chosenTime, digits, percent, plural, time, whole } from '../format.ts';
import { type Block, columns, type Section, type Table, tableOf } from '../model.ts';
import { linkInWords, networkName } from '../names.ts';
import { cellName } from './metrics.ts';

/** Machine, networks, generator, samples, and what was not measured. */
export function methodSection(result: Result): Section[] {
  return [
    {
      id: 'method',
      title: 'How it was measured',
      blocks: [
        { kind: 'code', text: result.command },
        ...facts('The run', runFacts(result)),
        ...facts('The machine', machineFacts(result)),
        ...networkTable(result.networks),
        ...facts('The load generator', generatorFacts(result)),
        { kind: 'more', summary: 'Samples per cell', blocks: sampleTable(result) },
        ...missing(result),
      ],
    },
  ];
}

function facts(text: string, entries: readonly (readonly [string, string])[]): Block[] {
  return [
    { kind: 'heading', text },
    ...tableOf({ columns: columns(['', ''], []), rows: entries, prose: true }),
  ];
}

function runFacts(result: Result): [string, string][] {
  const { target, model, objectives, cells } = result;
  const polls = cells.some(({ transport }) => transport.startsWith('polling'));
  const answers =
    model === null
      ? 'not ours: its pace is unknown'
      : `first token after ${chosenTime(model.ttft_ms)}, ${plural(model.tokens, 'token')}, ${chosenTime(model.token_ms)} apart, ${chosenTime(model.total_ms)} in all`;
  return [
    [
      'Target',
      target.kind === 'ours' ? 'the benchmark’s own servers' : `a foreign server, ${target.address}`,
    ],
    ['Date', result.created_at],
    ['Profile', `${result.profile}, seed ${result.seed}`],
    ['Duration', `${digits(result.duration_ms / 60_000)} min${result.interrupted ? ', interrupted' : ''}`],
    ['Model', answers],
    ...(polls ? [['Poll interval', chosenTime(result.poll_interval_ms)] as [string, string]] : []),
    [
      'A request counts as good',
      `with its first token within ${chosenTime(objectives.ttft_ms)} and at most ${chosenTime(objectives.tpot_ms)} per further token`,
    ],
  ];
}

function machineFacts({ machine }: Result): [string, string][] {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    ['Processor', `${machine.cpu}, ${plural(machine.cores, 'core')}, ${machine.arch}`],
    ['Memory', `${whole(machine.memory_mb)} MB`],
    ['System', machine.os],
    ['Node', machine.node],
    ['Packages', versions.join(', ')],
    ['Commit', machine.commit ?? 'unknown'],
  ].filter((entry): entry is [string, string] => entry[1] !== '');
}

function networkTable(networks: readonly Network[]): Block[] {
  const table = tableOf({
    caption: 'Calibrated: what an echo measured on the link before the run, with no transport involved.',
    columns: columns(
      ['Network', 'Link'],
      ['Round trip', 'Jitter', 'Bandwidth', 'Calibrated', 'p99', 'Connect', 'Samples'],
    ),
    rows: networks.map((network) => {
      const { calibration, bandwidth_kbit: bandwidth, outage, jitter_ms: jitter } = network;
      const note = outage && `cut every ${chosenTime(outage.every_ms)} for ${chosenTime(outage.for_ms)}`;
      return [
        { text: networkName(network.name, false), ...(note ? { note } : {}) },
        linkInWords(network),
        chosenTime(network.rtt_ms),
        jitter === 0 ? 'none' : `± ${chosenTime(jitter)}`,
        bandwidth === null ? 'unlimited' : `${whole(bandwidth)} kbit/s`,
        calibration === null ? 'not calibrated' : time(calibration.rtt_ms),
        calibration === null ? '–' : time(calibration.rtt_p99_ms),
        calibration === null ? '–' : time(calibration.connect_ms),
        calibration === null ? '–' : whole(calibration.samples),
      ];
    }),
  });
  return table.length > 0 ? [{ kind: 'heading', text: 'The networks' }, ...table] : [];
}

function generatorFacts({ generator }: Result): [string, string][] {
  const { event_loop_delay_ms: delay } = generator;
  return [
    ['Arrivals', `${generator.arrivals}, ${digits(generator.requests_per_second)} per second`],
    [
      'Achieved',
      `${percent(generator.achieved)}: ${whole(generator.started)} of ${whole(generator.requested)} requests started in time`,
    ],
    ['Event loop delay', `p50 ${time(delay.p50)}, p99 ${time(delay.p99)}, max ${time(delay.max)}`],
    ['Clock offset', `at most ${time(generator.clock_offset_ms)} between processes`],
  ];
}

function sampleTable({ cells }: Result): Table[] {
  return tableOf({
    columns: columns(['Cell'], ['Planned', 'Measured', 'Failed', 'Missed warm', 'Blocks', 'Counts']),
    rows: cells.map((cell) => [
      cellName(cell),
      whole(cell.planned),
      whole(cell.measured),
      cell.failed === 0 ? '0' : { text: whole(cell.failed), tone: 'bad' },
      whole(cell.missed_warm),
      whole(new Set(cell.samples.round).size),
      cell.void.length === 0 ? 'yes' : { text: 'void', tone: 'bad', note: cell.void.join('; ') },
    ]),
  });
}

function missing(result: Result): Block[] {
  const parts: [string, readonly unknown[]][] = [
    ['Comparisons of transports', result.comparisons],
    ['Stop, and a cut connection', result.interactions],
    ['Servers under load', result.loads],
    ['Sustained maximum', result.sustained],
    ['Memory per connection', result.memory],
    ['CPU profile', result.profiles],
    ['Single steps', result.micro],
    ['Throughput of whole responses', result.throughput],
  ];
  const items = [
    ...(result.interrupted ? ['The run was interrupted before everything was measured.'] : []),
    ...result.left_out.map(({ server, reason }) => `${server}: ${reason}`),
    ...parts.filter(([, found]) => found.length === 0).map(([name]) => name),
    ...result.claims
      .filter(({ verdict }) => verdict === 'not measured')
      .map(({ claim, because }) => `${claim}: ${because}`),
  ];
  if (items.length === 0) return [];
  return [
    { kind: 'heading', text: 'Not measured' },
    { kind: 'list', items },
  ];
}
