/**
 * Operations whose requests and answers are passed on as they are, by the name records and routes know them under
 * (providers.md 3.6 and 3.7).
 *
 * - `path`: behind the base URL, of the hub and of every server of OpenAI's family.
 * - `takes`: `form` is a multipart form; such a path takes JSON as well, as newer servers do.
 * - `model`: the one OpenAI takes where none is named. Absent: it has to be named.
 */
export const FORWARD_OPERATIONS = {
  completions: { path: '/completions', takes: 'json' },
  moderations: { path: '/moderations', takes: 'json', model: 'omni-moderation-latest' },
  responses: { path: '/responses', takes: 'json' },
  image_generations: { path: '/images/generations', takes: 'json' },
  image_edits: { path: '/images/edits', takes: 'form' },
  image_variations: { path: '/images/variations', takes: 'form' },
  speech: { path: '/audio/speech', takes: 'json' },
  transcriptions: { path: '/audio/transcriptions', takes: 'form' },
  translations: { path: '/audio/translations', takes: 'form' },
} as const satisfies Record<string, { path: string; takes: 'json' | 'form'; model?: string }>;

/** Name of an operation that is passed on. */
export type ForwardOperation = keyof typeof FORWARD_OPERATIONS;

/** Where such an operation is, behind the base URL. */
export type ForwardPath = (typeof FORWARD_OPERATIONS)[ForwardOperation]['path'];

/** True for the name of an operation that is passed on. */
export function isForwardOperation(name: string): name is ForwardOperation {
  return Object.hasOwn(FORWARD_OPERATIONS, name);
}

/** All of them. */
export const FORWARD_OPERATION_NAMES: readonly ForwardOperation[] =
  Object.keys(FORWARD_OPERATIONS).filter(isForwardOperation);
