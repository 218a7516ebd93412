import { LIMIT_HEADERS } from '../limit-headers.ts';

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };

/** Headers of answers, by their names. */
export const ANSWER_HEADERS: Readonly<Record<string, object>> = {
  'x-request-id': { description: 'The id of the request.', schema: TEXT },
  etag: { description: 'Changes with what is shown. Send it back as If-Match.', schema: TEXT },
  'idempotent-replayed': {
    description: 'The request was done before; this is its answer again.',
    schema: { const: 'true' },
  },
  'set-cookie': { description: 'The cookie nexus_session, or its end.', schema: TEXT },
  'content-disposition': { description: 'A name for the file.', schema: TEXT },
  'x-nexus-conversation-id': { description: 'The conversation that this belongs to.', schema: TEXT },
  'x-nexus-provider': { description: 'Who answered, or failed last.', schema: TEXT },
  'x-nexus-attempts': { description: 'How often providers were asked.', schema: { type: 'integer', minimum: 0 } },
  'x-nexus-overhead-ms': { description: 'What the hub itself took.', schema: { ...NUMBER, minimum: 0 } },
  'x-nexus-cache': { description: 'Whether it came out of the cache. Absent: none was asked.', schema: TEXT },
  'retry-after': { description: 'Seconds to wait before it is asked again.', schema: { type: 'integer', minimum: 0 } },
  'retry-after-ms': { description: 'The same in milliseconds.', schema: { type: 'integer', minimum: 0 } },
  'x-should-retry': {
    description: 'The hub has tried all there is: another try will not help.',
    schema: { const: 'false' },
  },
  'www-authenticate': { description: 'How to show a key.', schema: TEXT },
  allow: { description: 'The methods that the path has.', schema: TEXT },
  ...Object.fromEntries(
    LIMIT_HEADERS.map((name) => [
      name,
      {
        description: 'How the limits of the caller stand, as OpenAI tells it.',
        schema: name.includes('reset') ? TEXT : { type: 'integer' },
      },
    ]),
  ),
};

/** Those of a call that was answered. */
export const CALL_ANSWER_HEADERS: readonly string[] = [
  'x-nexus-conversation-id',
  'x-nexus-provider',
  'x-nexus-attempts',
  'x-nexus-overhead-ms',
  'x-nexus-cache',
  ...LIMIT_HEADERS,
];

/** Headers of an answer, by reference. */
export function headersOf(names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
