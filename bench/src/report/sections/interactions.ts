/** What happens around "stop" and around a cut. */
import type { Distribution, Interaction, Result } from '../../result/schema.ts';
import { intervalAlone } from '../charts/marks.ts';
import { linearScale } from '../charts/scale.ts';
import { conditions } from '../conditions.ts';
import { fixed, middle, range, timeTick, whole, withInterval } from '../format.ts';
import { type Block, type Cell, columns, type Section, sectionOf, tableOf } from '../model.ts';
import { byTransport, networkName, onNetwork, transportColour, transportName } from '../names.ts';

type Cancel = NonNullable<Interaction['cancel']>;
type Timed = 'to_last_token' | 'to_model_closed' | 'ttft_after';

const titles: Record<Timed, string> = {
  to_last_token: 'From “stop” to the last token seen',
  to_model_closed: 'From “stop” until the model’s connection is closed',
  ttft_after: 'First token of the next request after a “stop”',
};

/** Cancel and recovery, a chart per network and two tables. */
export function interactionSection(result: Result): Section[] {
  const { interactions } = result;
  const sorted = interactions.toSorted(byTransport);
  const networks = Map.groupBy(sorted, ({ network }) => network);
  const [first = ''] = conditions(result).flatMap(({ network }) => (networks.has(network) ? [network] : []));
  const others = [...networks]
    .filter(([network]) => network !== first)
    .flatMap(([network, own]) => cancelCharts(network, own));
  return sectionOf({
    id: 'interactions',
    title: 'Stop, and a cut connection',
    lead: 'A model that nobody listens to still costs money; an answer that is asked for again is paid twice.',
    blocks: [
      ...cancelCharts(first, networks.get(first) ?? []),
      ...(others.length > 0
        ? [{ kind: 'more', summary: 'The same on the other networks', blocks: others } as const]
        : []),
      ...cancelTable(sorted),
      ...recoveryTable(sorted),
    ],
  });
}

/** Each on an axis of its own: a stop takes milliseconds, the answer after it may take seconds. */
function cancelCharts(network: string, own: readonly Interaction[]): Block[] {
  return (Object.keys(titles) as Timed[]).flatMap((key): Block[] => {
    const found = own.flatMap(({ transport, cancel }) => {
      const timed = cancel?.[key];
      return timed == null ? [] : [{ transport, ...timed, value: timed.median }];
    });
    if (found.length === 0) return [];
    const max = Math.max(...found.map(({ high }) => high));
    const scale = linearScale(0, max, timeTick(max));
    const rows = found.map((entry) => ({
      label: transportName(entry.transport),
      value: middle(entry, 'ms'),
      detail: `${range(entry)}, n ${whole(entry.n)}`,
      colour: transportColour(entry.transport),
      marks: intervalAlone(entry, scale),
    }));
    const slug = `${network}-${key}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    const title = `${titles[key]}, ${onNetwork(network, false)}`;
    return [
      {
        kind: 'chart',
        chart: {
          name: `cancel-${slug}`,
          title,
          caption: 'Median and 95 % interval.',
          scale,
          groups: [{ rows }],
        },
      },
    ];
  });
}

function cancelTable(interactions: readonly Interaction[]): Block[] {
  return tableOf({
    caption:
      'What a “stop” wastes: tokens that the model wrote after it, and calls of the model that went on.',
    columns: columns(['Transport', 'Network'], ['n', 'Tokens wasted per stop', 'Calls not stopped']),
    rows: interactions.flatMap(({ transport, network, cancel }) =>
      cancel === null
        ? []
        : [
            [
              transportName(transport),
              networkName(network, false),
              whole(cancel.n),
              withInterval(cancel.wasted_tokens),
              notStopped(cancel),
            ],
          ],
    ),
  });
}

function notStopped({ not_stopped, n }: Cancel): Cell | string {
  return not_stopped === 0 ? '0' : { text: `${not_stopped} of ${n}`, tone: 'bad' };
}

function recoveryTable(interactions: readonly Interaction[]): Block[] {
  return tableOf({
    caption:
      'After a cut in the middle of an answer: what the client does by itself, and what becomes of the tokens.',
    columns: columns(
      ['Transport', 'Network', 'By itself'],
      ['n', 'Cut → next token, ms', 'Not recovered', 'Lost', 'Doubled', 'Reordered', 'Extra model calls'],
    ),
    rows: interactions.flatMap(({ transport, network, recovery }) => {
      if (recovery === null) return [];
      const { n, how, to_next_token, not_recovered, lost, doubled, reordered, extra_calls } = recovery;
      return [
        [
          transportName(transport),
          networkName(network, false),
          how,
          whole(n),
          to_next_token === null ? '–' : median(to_next_token),
          ...[not_recovered, lost, doubled, reordered, extra_calls].map(harm),
        ],
      ];
    }),
  });
}

function median(found: Distribution): Cell {
  const interval = { ...found, value: found.median };
  return { text: middle(interval), note: range(interval) };
}

function harm(count: number): Cell | string {
  return count === 0 ? '0' : { text: fixed(count, 0), tone: 'bad' };
}
