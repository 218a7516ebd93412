import type { WholeBody } from './call.ts';
import type { NexusError } from './errors.ts';
import type { AssistantMessage } from './ports/index.ts';

/** What an answer left: what was said in it, as far as the hub understands that, and why it broke. */
export interface Leavings {
  readonly message?: AssistantMessage | undefined;
  /** All of it, where it may be kept to be given again. */
  readonly body?: WholeBody | undefined;
  readonly error?: NexusError;
}
