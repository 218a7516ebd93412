import { expect, it } from 'vitest';
import { timeOrderedId } from '../../src/defaults/time-ordered-id.ts';

it('ids are UUIDs of version 7 that begin with their time, and never the same', () => {
  const atMs = Date.UTC(2026, 10, 25);
  const ids = Array.from({ length: 2_000 }, () => timeOrderedId(atMs));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(2_000);
  expect(Number.parseInt(ids[0]?.slice(0, 13).replace('-', '') ?? '', 16)).toBe(atMs);
  expect(timeOrderedId(atMs + 1) > timeOrderedId(atMs)).toBe(true);
});
