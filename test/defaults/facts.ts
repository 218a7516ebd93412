import type { RequestFacts } from 'nexusai-hub/ports';

/** The facts of a plain chat request for the model `m`, with changes. */
export function factsOf(changes: Partial<RequestFacts> = {}): RequestFacts {
  return {
    model: 'm',
    operation: 'chat',
    streamed: false,
    hasTools: false,
    metadata: {},
    promptTokens: 0,
    ...changes,
  };
}
