/** Networks between a load generator and a server: what other parts of the benchmark import. */
export type { Link } from './contract.ts';
export { startUserspaceLink } from './userspace.ts';
export { inNamespace, startTunLink, tunAvailable } from './tun.ts';
export { measureLink } from './echo.ts';
