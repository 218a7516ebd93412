import type { NexusError } from './errors.ts';

/** Told why a request was ended from outside, and, where it had been ended before, why it is now. */
export type Follower = (reason: NexusError, latest: NexusError) => void;
