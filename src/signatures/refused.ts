import { NexusError } from '../errors.ts';

/** A signature that does not count; `why` is a sentence that shows nothing of the request. */
export function refused(why: string): NexusError {
  return new NexusError('unauthenticated', `The signature of the request is refused. ${why}`);
}
