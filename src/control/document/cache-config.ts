import type { NexusHubOptions } from '../../options.ts';
import { z } from 'zod';
import { count, milliseconds } from './config-values.ts';
import { given } from './given.ts';

/** `cache` of the file. */
export const cacheSchema = z.strictObject({
  ttl_ms: milliseconds.optional(),
  scope: z.enum(['caller', 'hub'], 'expected caller or hub').optional(),
  max_entries: count.optional(),
  max_bytes: count.optional(),
  max_entry_bytes: count.optional(),
  within_ms: milliseconds.optional(),
});

/** What `cache` of the file becomes. */
export function cacheOf(cache: z.output<typeof cacheSchema>): NonNullable<NexusHubOptions['cache']> {
  return given({
    ttlMs: cache.ttl_ms,
    scope: cache.scope,
    maxEntries: cache.max_entries,
    maxBytes: cache.max_bytes,
    maxEntryBytes: cache.max_entry_bytes,
    withinMs: cache.within_ms,
  });
}
