import { MOMENT_FORMS } from '../../moment-of.ts';
import { EXPORT_FORMATS } from '../../export/export-form.ts';
import { CACHE_WISHES } from '../../cache-wish.ts';
import type { JsonSchema } from './merge-patch.ts';
import type { QueryParameters } from './operation.ts';

const TEXT: JsonSchema = { type: 'string', minLength: 1 };
const MOMENT: JsonSchema = { ...TEXT, description: `A moment: ${MOMENT_FORMS}. The end is not included.` };
/** A number from 0 on. */
const PLACE: JsonSchema = { type: 'integer', minimum: 0 };

/** A page of a list: what it goes on after, and how much it has. */
export function pageOf(most: number, usual: number, after: JsonSchema = TEXT): QueryParameters {
  return { after, limit: { type: 'integer', minimum: 1, maximum: most, default: usual } };
}

/** Lists in the order of their ids. */
export const PAGE: QueryParameters = pageOf(1_000, 100);
/** From when, and until when. */
export const TIMES: QueryParameters = { from: MOMENT, to: MOMENT };
/** A part of the ledger. */
export const RANGE: QueryParameters = { ...TIMES, caller: TEXT, model: TEXT, provider: TEXT };
/** How a file is written. */
export const FILE: QueryParameters = {
  format: { enum: EXPORT_FORMATS, default: 'csv' },
  bom: { type: 'boolean' },
};

export { MOMENT, PLACE, TEXT };

/** Headers of requests, by their names among the components. */
export const REQUEST_HEADERS: Readonly<Record<string, object>> = {
  RequestId: header('x-request-id', 'The id of the request; the answer has it, too.', {
    type: 'string',
    pattern: '^[\\x21-\\x7e]{1,128}$',
  }),
  IfMatch: header('if-match', 'It is changed only while it has this ETag, or one of these; "*": only if it is there.'),
  IfNoneMatch: header('if-none-match', 'It is changed only while it has none of these ETags.'),
  IdempotencyKey: header(
    'idempotency-key',
    'A request that is repeated with the same key within five minutes is done once, and gets the first answer again.',
    { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  ),
  ConversationId: header('x-nexus-conversation-id', 'The conversation that this goes on with.', {
    type: 'string',
    pattern: '^[\\x21-\\x7e]{1,128}$',
  }),
  IncludeHistory: header('x-nexus-include-history', 'Whether what was said before is put before the messages.', {
    type: 'boolean',
  }),
  Priority: header('x-nexus-priority', 'Higher goes first where requests wait for a place.', {
    type: 'integer',
    minimum: -100,
    maximum: 100,
  }),
  CacheWish: header('x-nexus-cache', 'What is asked of the cache, in the words of HTTP.', { enum: CACHE_WISHES }),
};

/** Those of every request that goes on to a provider. */
export const CALL_HEADERS: readonly string[] = ['ConversationId', 'IncludeHistory', 'Priority', 'CacheWish'];

/** A parameter of a path or a query. */
export function parameterOf(name: string, place: 'path' | 'query', schema: JsonSchema): object {
  const { description, ...rest } = schema;
  return {
    ...{ name, in: place, ...(place === 'path' ? { required: true } : {}) },
    ...(description === undefined ? {} : { description }),
    ...(rest['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema: rest,
  };
}

function header(name: string, description: string, schema: JsonSchema = { type: 'string' }): object {
  return { name, in: 'header', description, schema };
}
