import { expect, test } from 'vitest';
import { Heartbeat, Progress } from '../src/heartbeat.ts';

const times = { interval_ms: 100, timeout_ms: 50 };

test('pings when the client was silent for the interval, and once per interval', () => {
  const heartbeat = new Heartbeat(times, 0);
  expect(heartbeat.check(99, 99)).toBe('wait');
  expect(heartbeat.check(100, 99)).toBe('ping');
  expect(heartbeat.check(101, 100)).toBe('wait');
});

test('pings when the server was silent, though the client talks', () => {
  const heartbeat = new Heartbeat(times, 0);
  heartbeat.heard(90);
  expect(heartbeat.nextAt(20)).toBe(120);
  expect(heartbeat.check(120, 20)).toBe('ping');
});

test('gives a client up that is silent beyond interval and timeout, no earlier', () => {
  const heartbeat = new Heartbeat(times, 0);
  expect(heartbeat.check(100, 100)).toBe('ping');
  expect(heartbeat.nextAt(100)).toBe(150);
  expect(heartbeat.check(149, 140)).toBe('wait');
  expect(heartbeat.check(150, 140)).toBe('dead');
});

test('finds a socket stuck that takes nothing of what waits for it', () => {
  const progress = new Progress(100, 0);
  expect(progress.isStuck(500, 0)).toBe(false);
  expect(progress.isStuck(550, 10)).toBe(false);
  expect(progress.isStuck(599, 10)).toBe(false);
  expect(progress.isStuck(600, 10)).toBe(true);
  progress.moved(600);
  expect(progress.isStuck(650, 10)).toBe(false);
  expect(progress.isStuck(700, 9)).toBe(false);
});
