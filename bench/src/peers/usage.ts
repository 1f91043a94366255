/** What a process uses, seen from outside and in the same way for every language. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time in ms that a process and its children have used so far: the first field of `schedstat` (nanoseconds on a CPU) of
 * all their threads. `getrusage` of Node says the same to within a scheduler's tick, but no foreign process can be asked for
 * it. Threads that have ended are missing: servers here keep theirs. Null where there is no such file: only Linux has it.
 */
export function cpuMsOf(pid: number): number | null {
  let ns = 0;
  try {
    for (const process of [pid, ...childrenOf(pid)]) {
      for (const task of readdirSync(`/proc/${process}/task`)) ns += usedNs(`/proc/${process}/task/${task}`);
    }
  } catch {
    return null;
  }
  return ns / 1e6;
}

/** Of its main thread alone, in ms: where the JavaScript of a process of Node runs. Null as above. */
export function mainThreadMsOf(pid: number): number | null {
  try {
    return usedNs(`/proc/${pid}/task/${pid}`) / 1e6;
  } catch {
    return null;
  }
}

function usedNs(task: string): number {
  // The thread that writes a CPU profile down belongs to the measurement, not to the server.
  if (readFileSync(`${task}/comm`, 'utf8').startsWith('v8:Prof')) return 0;
  return Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]);
}

/** Resident memory of a process and its children in KiB; null where `/proc` is not. */
export function residentKbOf(pid: number): number | null {
  let kb = 0;
  try {
    for (const process of [pid, ...childrenOf(pid)]) {
      const status = readFileSync(`/proc/${process}/status`, 'utf8');
      kb += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    }
  } catch {
    return null;
  }
  return kb;
}

/** All that descend from it. */
function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const list = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
    if (list !== '') children.push(...list.split(' ').map(Number));
  }
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}
