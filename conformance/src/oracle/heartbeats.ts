/** Rules on pings: section Heartbeat. */
import type { Violation } from '../verdict.ts';
import type { ConnectionView, View } from './view.ts';

export function judgeHeartbeats(view: View): Violation[] {
  return view.connections.flatMap(judgePongs);
}

/** No pong without a ping of its own. */
function judgePongs({ sent, received }: ConnectionView): Violation[] {
  const open = sent.filter((item) => item.type === 'ping').map((item) => item.message['t']);
  return received
    .filter((item) => item.type === 'pong')
    .flatMap(({ message, event }) => {
      const index = open.indexOf(message['t']);
      if (index >= 0) {
        open.splice(index, 1);
        return [];
      }
      const expected = 'one pong for each ping, with its t';
      return [{ requirement: 'heartbeat.pong', expected, actual: JSON.stringify(message), event }];
    });
}
