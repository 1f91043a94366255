/**
 * What lies behind the socket: streams, their logs, and who may ask. For another transport in front of the same core:
 * decode the request, hand it to a `Hub`, and read the stream's log from a cursor whenever the reader is woken.
 */
export { systemClock } from './clock.ts';
export { mergeAdjacent } from './delivery.ts';
export { type Answer, Hub, type HubPorts } from './hub.ts';
export { completeLimits } from './limits.ts';
export { type Reader, Stream } from './stream.ts';
