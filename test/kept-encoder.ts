import { afterAll, beforeAll } from 'vitest';

import { tokenCounter } from '../src/defaults/token-counter.ts';

/**
 * Keeps the thread that counts tokens for all tests of a file. Without this the last hub that closes ends it, and the
 * next test waits until its vocabulary is loaded again, which takes longer than most tests.
 */
export function keepEncoder(): void {
  const counter = tokenCounter();
  beforeAll(async () => {
    await counter.count('begins the thread', 'm');
  });
  afterAll(() => counter.close());
}
