import { z } from 'zod';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';

const milliseconds = z.number().min(1).max(LONGEST_TIMER_MS);
const count = z.number().int().min(1);

/** How records reach the ledger, with every default. */
export const recordsSchema = z.strictObject({
  durability: z.enum(['batched', 'acknowledged']).default('batched'),
  acknowledgeWithinMs: milliseconds.default(2_000),
  whenUnacknowledged: z.enum(['refuse', 'deliver']).default('refuse'),
  everyMs: z.number().min(0).max(1_000).default(10),
  maxQueued: count.default(100_000),
  maxQueuedBytes: count.default(64 * 1024 * 1024),
  whenFull: z.enum(['drop', 'block']).default('drop'),
  blockWithinMs: milliseconds.default(5_000),
  messages: z.boolean().optional(),
  disconnect: z.enum(['reported', 'delivered', 'none', 'drain']).default('delivered'),
  drainWithinMs: milliseconds.default(60_000),
});
