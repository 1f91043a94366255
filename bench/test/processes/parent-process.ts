/** A parent for tests: starts a process, says its pid, and lives until it is killed. */
import { startChild } from '../../src/processes/child.ts';
import type { PupilMethods } from './pupil-process.ts';

const child = await startChild<PupilMethods>('pupil', new URL('./pupil-process.ts', import.meta.url));
console.log(child.pid);
