import { atMost } from './at-most.ts';
import type { AuditTrail } from './control/audit-trail.ts';
import type { Epochs } from './epochs.ts';
import { NexusError } from './errors.ts';

/** Requests that were ended have gone after a few turns of the loop; a part that hangs must not hold up the rest. */
const LETTING_GO_MS = 1_000;

/** Records that wait when the last request is over have at least so long to reach the ledger. */
const WRITING_MS = 2_000;

interface Closing {
  readonly epochs: Epochs;
  readonly audit: Pick<AuditTrail, 'close'>;
  /** What runs beside requests, and begins to end at once. */
  readonly beside: Promise<unknown>;
}

/** Lets requests under way finish for `drainMs`, ends the rest, and gives back what the hub holds: its records last. */
export async function closeHub({ epochs, audit, beside }: Closing, drainMs: number): Promise<void> {
  const { visits, background, clock, books } = epochs.parts;
  const until = clock.elapsed() + drainMs;
  await atMost(drainMs, visits.whenEmpty(), clock);
  visits.cancelAll(new NexusError('closing', 'The hub shut down before the answer was complete.'));
  await atMost(LETTING_GO_MS, visits.whenEmpty(), clock);
  await atMost(LETTING_GO_MS, Promise.allSettled(background), clock);
  const { personalKeys, vault } = epochs;
  await atMost(LETTING_GO_MS, Promise.all([beside, personalKeys.close(), vault.close()]), clock);
  const leftMs = Math.max(WRITING_MS, until - clock.elapsed());
  await Promise.all([books.flush(leftMs), audit.close(leftMs)]);
  await epochs.close(LETTING_GO_MS);
}
