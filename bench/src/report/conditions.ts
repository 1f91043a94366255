/** Cells in the groups in which they may be compared. */
import type { Cell, Result } from '../result/schema.ts';
import { byTransport, networkName, onNetwork } from './names.ts';

export const temperatures = ['warm', 'cold'] as const;

export interface Condition {
  network: string;
  tls: boolean;
  /** `100 ms, TLS` */
  name: string;
  /** `at 100 ms over TLS` */
  where: string;
  /** Part of a file name. */
  slug: string;
  cells: Cell[];
}

/** Networks that were measured: 100 ms first, which most readers have in mind, then the slowest: that is where transports differ. */
export function conditions({ cells, networks }: Result): Condition[] {
  const delays = new Map(networks.map(({ name, rtt_ms }) => [name, rtt_ms]));
  const groups = Map.groupBy(cells, ({ network, tls }) => JSON.stringify([network, tls]));
  return [...groups.values()]
    .flatMap(([first, ...others]) => (first ? [condition([first, ...others], first)] : []))
    .toSorted(
      (a, b) =>
        Number(isUsual(b)) - Number(isUsual(a)) ||
        (delays.get(b.network) ?? 0) - (delays.get(a.network) ?? 0) ||
        Number(a.tls) - Number(b.tls),
    );
}

const isUsual = ({ network, tls }: Pick<Condition, 'network' | 'tls'>): boolean =>
  network === '100ms' && !tls;

/** What a reader sees at once: the first of them, and loopback without TLS. The others unfold. */
export function isLead(
  { network, tls }: Pick<Condition, 'network' | 'tls'>,
  order: readonly Condition[],
): boolean {
  const [first] = order;
  const plainLoopback = network === 'loopback' && !tls;
  return order.length <= 2 || plainLoopback || (network === first?.network && tls === first.tls);
}

function condition(cells: Cell[], { network, tls }: Cell): Condition {
  const slug = `${network}${tls ? '-tls' : ''}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    network,
    tls,
    name: networkName(network, tls),
    where: onNetwork(network, tls),
    slug,
    cells: cells.toSorted(byTransport),
  };
}

/** Whether a conclusion may be drawn from it. */
export function counts(cell: Cell): boolean {
  return cell.void.length === 0 && cell.metrics.ttft !== undefined;
}

/** `WebSocket, warm, 100 ms` in the words of the report. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
