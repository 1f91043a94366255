/** Where servers end: sustained rate, memory, and what the CPU time goes into. */
import type { Profile, Result } from '../../result/schema.ts';
import { bar } from '../charts/marks.ts';
import type { RowChart } from '../charts/row-chart.ts';
import { linearScale } from '../charts/scale.ts';
import { digits, percent, plural, whole } from '../format.ts';
import { type Block, columns, tableOf } from '../model.ts';
import { serverColour, serverName } from '../names.ts';
import { shadeClass } from '../theme.ts';

/** What is not a ratio to the floor. */
export function capacityBlocks(result: Result): Block[] {
  return [...sustainedBlocks(result), ...memoryChart(result), ...result.profiles.flatMap(profileBlocks)];
}

function sustainedBlocks({ sustained }: Result): Block[] {
  const table = tableOf({
    caption:
      'Sustained maximum: the highest rate at which at least 98 % of what the model wrote arrived as fast.',
    columns: columns(['Server', 'At its end'], ['Streams', 'Tokens/s']),
    rows: sustained.map(({ server, streams, tokens_per_second, limited_by }) => [
      serverName(server),
      limited_by,
      whole(streams),
      whole(tokens_per_second),
    ]),
  });
  const steps = tableOf({
    columns: columns(
      ['Server'],
      ['Offered /s', 'Delivered /s', 'Added p50 ms', 'CPU server', 'CPU model', 'CPU generator'],
    ),
    rows: sustained.flatMap(({ server, steps }) =>
      steps.map((step) => [
        serverName(server),
        whole(step.offered),
        whole(step.delivered),
        digits(step.added_p50_ms),
        ...[step.server_cpu, step.model_cpu, step.generator_cpu].map(percent),
      ]),
    ),
  });
  return steps.length > 0
    ? [...table, { kind: 'more', summary: 'Each step of the search', blocks: steps }]
    : table;
}

function memoryChart({ memory }: Result): Block[] {
  if (memory.length === 0) return [];
  const max = Math.max(
    ...memory.map((entry) => Math.max(entry.idle_kb_per_connection, entry.streaming_kb_per_connection ?? 0)),
  );
  const scale = linearScale(0, max, (value) => (value === 0 ? '0' : `${value} KB`));
  const rows = memory.map((entry) => {
    const { server, connections, idle_kb_per_connection: idle, streaming_kb_per_connection: busy } = entry;
    const streaming = busy === null ? '' : bar(0, busy, scale, 'pale', 24, 12);
    return {
      label: serverName(server),
      note: plural(connections, 'connection'),
      value: `${digits(idle)} KB idle`,
      detail: busy === null ? '' : `${digits(busy)} KB streaming`,
      colour: serverColour(server),
      marks: bar(0, idle, scale, 'own', 9, 12) + streaming,
    };
  });
  const chart: RowChart = {
    name: 'memory',
    title: 'Memory per connection',
    caption: 'Resident memory of the server beyond its idle state. Solid: idle connection. Pale: streaming.',
    scale,
    groups: [{ rows }],
  };
  return [{ kind: 'chart', chart }];
}

function profileBlocks(profile: Profile): Block[] {
  if (profile.parts.length === 0) return [];
  const sorted = profile.parts.toSorted((a, b) => b.share - a.share);
  const table = tableOf({
    columns: columns(['Part'], ['Share', 'µs per token']),
    rows: sorted.map((entry) => [entry.part, percent(entry.share), digits(entry.us_per_token)]),
  });
  return [{ kind: 'chart', chart: profileChart(profile, sorted) }, ...table];
}

function profileChart({ server, streams, us_per_token }: Profile, parts: Profile['parts']): RowChart {
  const scale = linearScale(0, 1, (value) => `${Math.round(value * 100)} %`);
  let end = 0;
  const stretches = parts.map(({ part, share }) => {
    const from = end;
    end += share;
    return { part, from, to: end };
  });
  const bars = stretches.map(({ from, to }, index) => bar(from, to, scale, shadeClass(index), 4, 26));
  const row = {
    label: serverName(server),
    value: `${digits(us_per_token)} µs per token`,
    colour: serverColour(server),
    marks: bars.join(''),
    spans: stretches.map(({ part, from, to }) => ({ from: scale.at(from), to: scale.at(to), text: part })),
  };
  return {
    name: `profile-${server.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title: `Where the time goes: ${serverName(server)}, ${plural(streams, 'stream')}`,
    caption: 'CPU time by what it is for, largest first; the table has the same order.',
    scale,
    groups: [{ rows: [row] }],
  };
}
