import type { AnswerHeaders } from './exchange.ts';

/**
 * On every answer: it is for who asked, so that nothing on the way keeps it; and it is what its type says, whatever a
 * browser would take it for.
 */
export const PRIVATE_HEADERS: AnswerHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};
