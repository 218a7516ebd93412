import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../ports/clock.ts';
import { heapLimitBytes as heapLimit } from './heap-limit.ts';

/** What this process has in use. */
export interface ProcessLoad {
  /** Bytes of JavaScript's heap in use, and the most it may have of what lives for long. */
  readonly heapBytes: number;
  readonly heapLimitBytes: number;
  /** Bytes of memory the process has, and the most its container lets it have; `Infinity` without a container. */
  readonly rssBytes: number;
  readonly rssLimitBytes: number;
  /** By how many milliseconds the loop was late when it was last looked at. */
  readonly loopDelayMs: number;
}

/** Older than this a delay of the loop says nothing about now. */
const DELAY_COUNTS_MS = 1_000;

/** Measures this process, each time it is called. How late the loop is turns out after the call, and counts in the next. */
export function processLoad(clock: Clock): () => ProcessLoad {
  const constrained = process.constrainedMemory();
  // Without a limit there is a number that means none.
  const rssLimitBytes = constrained > 0 && constrained < totalmem() ? constrained : Infinity;
  const heapLimitBytes = heapLimit();
  let delayMs = 0;
  let lookedAt = -Infinity;
  return () => {
    const now = clock.elapsed();
    const loopDelayMs = now - lookedAt <= DELAY_COUNTS_MS ? delayMs : 0;
    setImmediate(() => {
      lookedAt = clock.elapsed();
      delayMs = lookedAt - now;
    }).unref();
    const { used_heap_size: heapBytes } = getHeapStatistics();
    return { heapBytes, heapLimitBytes, rssBytes: process.memoryUsage.rss(), rssLimitBytes, loopDelayMs };
  };
}
