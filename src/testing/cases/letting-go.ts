import { NexusError, type NexusErrorCode } from '../../errors.ts';
import type { ProviderContext } from '../../ports/index.ts';
import { gate } from '../answer-script.ts';
import { type CaseRun, settled } from './case-run.ts';
import { expectSame } from './reading.ts';

/** Asks with these changes to the context, and resolves with what came: an error, or none. */
export type Ask = (changes: Partial<ProviderContext>) => Promise<{ readonly error: NexusError | undefined }>;

/**
 * Gives a request up while the upstream holds on: no heartbeats are made, the answer ends at once with the reason, and
 * the connection is closed.
 */
export async function expectLettingGo(run: CaseRun, ask: Ask, code: NexusErrorCode = 'cancelled'): Promise<void> {
  const controller = new AbortController();
  const beat = gate();
  let beats = 0;
  const heartbeat = (): void => {
    beats++;
    beat.open();
  };
  const asked = ask({ signal: controller.signal, heartbeat });
  asked.catch(() => {}); // Looked at below, unless the request fails.
  const request = await run.nextRequest();
  // Where the upstream sends something, it is given up after that.
  await Promise.race([beat.opened, settled()]);
  await settled();
  const heard = beats;
  await settled();
  expectSame('heartbeats while nothing came', beats - heard, 0);
  controller.abort(new NexusError(code, 'It is not wanted any more.'));
  expectError((await asked).error, code);
  await run.within(request.left, 'the caller to close the connection');
}

/** Fails unless it is one of these errors. */
export function expectError(error: NexusError | undefined, ...codes: readonly NexusErrorCode[]): NexusError {
  if (error && codes.includes(error.code)) return error;
  const came = error ? `${error.code} ("${error.message}")` : 'no error';
  throw new Error(`Expected the error ${codes.join(' or ')}; came ${came}.`);
}
