import { expect, it } from 'vitest';
import { timeOrderedId } from '../../src/defaults/time-ordered-id.ts';

it('ids are UUIDs of version 7 that begin with their time, and never the same', () => {
  const atMs = Date.UTC(2026, 10, 25);
  const ids = Array.from({ length: 2_000 }, () => timeOrderedId(atMs));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(2_000);
  for (const ms of [0, 15, 0xffff, 2 ** 32, atMs, 2 ** 48 - 1])
    expect(Number.parseInt(timeOrderedId(ms).slice(0, 13).replace('-', ''), 16)).toBe(ms);
  expect(timeOrderedId(-1.5)).toMatch(/^00000000-0000-7/);
  expect(timeOrderedId(atMs + 0.9).slice(0, 13)).toBe(ids[0]?.slice(0, 13));
  expect(timeOrderedId(atMs + 1) > timeOrderedId(atMs)).toBe(true);
});

it('every digit of an id is random, but for those of its time and version', () => {
  const ids = Array.from({ length: 2_000 }, () => timeOrderedId(0));
  for (const place of [15, 16, 17, 20, 21, 22, ...Array.from({ length: 12 }, (_, digit) => 24 + digit)])
    expect(new Set(ids.map((id) => id[place])).size).toBe(16);
  expect(new Set(ids.map((id) => id[19])).size).toBe(4);
});
