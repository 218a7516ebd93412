import type { NexusHubOptions } from '../../options.ts';
import { z } from 'zod';
import { count, milliseconds } from './config-values.ts';
import { given } from './given.ts';

/** `sessions` of the file. */
export const sessionsSchema = z.strictObject({
  idle_ms: milliseconds.optional(),
  max_active: count.optional(),
  store_within_ms: milliseconds.optional(),
  history: z
    .union(
      [z.boolean(), z.strictObject({ max_length: count.optional(), max_total_length: count.optional() })],
      'expected limits, true for the usual ones, or false for none',
    )
    .optional(),
});

/** What `sessions` of the file become. */
export function sessionsOf(sessions: z.output<typeof sessionsSchema>): NonNullable<NexusHubOptions['sessions']> {
  return given({
    idleMs: sessions.idle_ms,
    maxActive: sessions.max_active,
    storeWithinMs: sessions.store_within_ms,
    history: historyOf(sessions.history),
  });
}

type History = NonNullable<NonNullable<NexusHubOptions['sessions']>['history']>;

function historyOf(history: z.output<typeof sessionsSchema>['history']): History | undefined {
  if (typeof history !== 'object') return history === true ? {} : history;
  return given({ maxLength: history.max_length, maxTotalLength: history.max_total_length });
}
