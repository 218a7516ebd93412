import type { NexusHubOptions } from '../../options.ts';
import { z } from 'zod';
import { count, milliseconds, number } from './config-values.ts';
import { given } from './given.ts';

/** `records` of the file. */
export const recordsSchema = z.strictObject({
  durability: z.enum(['batched', 'acknowledged'], 'expected batched or acknowledged').optional(),
  acknowledge_within_ms: milliseconds.optional(),
  when_unacknowledged: z.enum(['refuse', 'deliver'], 'expected refuse or deliver').optional(),
  every_ms: number.refine((value) => value <= 1_000, 'expected milliseconds, at most 1000').optional(),
  max_queued: count.optional(),
  max_queued_bytes: count.optional(),
  when_full: z.enum(['drop', 'block'], 'expected drop or block').optional(),
  block_within_ms: milliseconds.optional(),
  messages: z.boolean('expected true or false').optional(),
  disconnect: z
    .enum(['reported', 'delivered', 'none', 'drain'], 'expected reported, delivered, none or drain')
    .optional(),
  drain_within_ms: milliseconds.optional(),
});

/** What `records` of the file become. */
export function recordsOf(records: z.output<typeof recordsSchema>): NonNullable<NexusHubOptions['records']> {
  const { durability, messages, disconnect } = records;
  return given({
    durability,
    acknowledgeWithinMs: records.acknowledge_within_ms,
    whenUnacknowledged: records.when_unacknowledged,
    everyMs: records.every_ms,
    maxQueued: records.max_queued,
    maxQueuedBytes: records.max_queued_bytes,
    whenFull: records.when_full,
    blockWithinMs: records.block_within_ms,
    messages,
    disconnect,
    drainWithinMs: records.drain_within_ms,
  });
}
