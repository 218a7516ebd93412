import { z } from 'zod';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';

const milliseconds = z.number().min(1).max(LONGEST_TIMER_MS);
const count = z.number().int().min(1);

/** How answers are kept, with every default. */
export const cacheSchema = z.strictObject({
  ttlMs: milliseconds.default(300_000),
  scope: z.enum(['caller', 'hub']).default('caller'),
  maxEntries: count.default(10_000),
  maxBytes: count.default(64 * 1024 * 1024),
  maxEntryBytes: count.default(1024 * 1024),
  withinMs: milliseconds.default(20),
});

/** How answers are kept. */
export type CacheSettings = z.output<typeof cacheSchema>;
