import { NexusError } from '../../src/errors.ts';

export const MESSAGES = [{ role: 'user', content: 'hi' }];
/** Text that no error may show. */
export const CANARY = 'canary-7d1e9f';

/** A chat request that is right, but for these members. */
export function chat(members: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'gpt-4o', messages: MESSAGES, ...members };
}

/** A chat request whose second message has these members. */
export function message(members: Record<string, unknown>): Record<string, unknown> {
  return chat({ messages: [MESSAGES[0], members] });
}

/** The error a body gets; fails when it gets none. */
export function refusal(
  parse: (input: Uint8Array | string | object) => object,
  input: Uint8Array | string | object,
): NexusError {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof NexusError) return error;
    throw error;
  }
  throw new Error('The body passed.');
}
