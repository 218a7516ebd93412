import type { Call } from './call.ts';

/** Whether the caller wants its answer as a stream. */
export function wantsStream(call: Call): boolean {
  return call.operation !== 'embeddings' && call.request.stream === true;
}
