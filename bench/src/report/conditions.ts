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

/** Networks that were measured, the slowest first: that is where transports differ. */
export function conditions({ cells, networks }: Result): Condition[] {
  const delays = new Map(networks.map(({ name, rtt_ms }) => [name, rtt_ms]));
  const groups = Map.groupBy(cells, ({ network, tls }) => JSON.stringify([network, tls]));
  return [...groups.values()]
    .flatMap(([first, ...others]) => (first ? [condition([first, ...others], first)] : []))
    .toSorted(
      (a, b) => (delays.get(b.network) ?? 0) - (delays.get(a.network) ?? 0) || Number(a.tls) - Number(b.tls),
    );
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
