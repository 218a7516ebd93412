import type { Access } from '../routes/access.ts';
import { ANSWER_HEADERS, CALL_ANSWER_HEADERS, headersOf } from './answer-headers.ts';
import { componentSchemas, nameOf, refTo } from './components.ts';
import type { JsonSchema } from './merge-patch.ts';
import type { Answer, OperationText } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { CALL_HEADERS, parameterOf, REQUEST_HEADERS } from './parameters.ts';
import { errorResponses, type Risks, refusalsOf } from './refusals.ts';
import { SECURITY_SCHEMES, securityOf } from './security.ts';

/** A description of the HTTP API in the form of OpenAPI 3.1. */
export type OpenapiDocument = Readonly<Record<string, unknown>>;

const DESCRIPTION =
  'An OpenAI-compatible API over many model providers, and an API to run it. ' +
  'Ids in paths may hold slashes, encoded. A change takes what is named; null takes a member away.';

/**
 * Describes what a hub answers: paths and permissions come from the route tables, bodies from the schemas they are checked
 * by.
 * @param prefix what all paths begin with where the hub is mounted.
 */
export function openapiOf(accesses: readonly Access[], prefix: string): OpenapiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas = componentSchemas();
  for (const access of accesses)
    for (const text of [OPERATIONS[`${access.method} ${access.path}`] ?? []].flat()) {
      const path = prefix + (text.path ?? access.path);
      (paths[path] ??= {})[access.method.toLowerCase()] = operationOf(text, path, access, schemas);
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'NexusAI Hub',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas,
      parameters: REQUEST_HEADERS,
      headers: ANSWER_HEADERS,
      responses: errorResponses(),
    },
  };
}

function operationOf(
  text: OperationText,
  path: string,
  { method, permission, isCall: isMarked }: Access,
  schemas: Readonly<Record<string, JsonSchema>>,
): object {
  const { id, summary, body, query = {}, isForm = false, isConditional = false, mayMiss = false } = text;
  const isOpen = permission === 'none';
  const isCall = isMarked ?? false;
  const isRepeatable = method === 'POST' && !isCall;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const headers = [
    'RequestId',
    ...(isConditional ? ['IfMatch', 'IfNoneMatch'] : []),
    ...(isRepeatable ? ['IdempotencyKey'] : []),
    ...(isCall ? CALL_HEADERS : []),
  ];
  // Where a request would go is told without asking anybody.
  const asksProvider = isCall && permission === 'chat';
  const risks = { isOpen, isCall, asksProvider, isConditional, isRepeatable, isChange: method !== 'GET' };
  return {
    operationId: id,
    summary,
    ...(isOpen ? {} : { description: `Permission: ${permission}.` }),
    security: securityOf(id, isOpen, method),
    parameters: [
      ...inPath.map((name) => parameterOf(name, 'path', { type: 'string' })),
      ...Object.entries(query).map(([name, schema]) => parameterOf(name, 'query', schema)),
      ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(body && {
      requestBody: {
        required: schemas[nameOf(body)]?.['required'] !== undefined,
        content: { [isForm ? 'multipart/form-data' : 'application/json']: { schema: refTo(body) } },
      },
    }),
    responses: {
      [String(text.answer.status ?? 200)]: answerOf(text, { asksProvider, isRepeatable }),
      ...refusalsOf({ ...risks, mayMiss: mayMiss || inPath.length > 0, hasBody: body !== undefined }),
    },
  };
}

function answerOf(
  { answer, headers = [], isTagged = false }: OperationText,
  { asksProvider, isRepeatable }: Pick<Risks, 'asksProvider' | 'isRepeatable'>,
): object {
  const names = [
    'x-request-id',
    ...(isTagged ? ['etag'] : []),
    ...(isRepeatable ? ['idempotent-replayed'] : []),
    ...(asksProvider ? CALL_ANSWER_HEADERS : []),
    ...headers,
  ];
  return { description: 'Done', headers: headersOf(names), content: contentOf(answer) };
}

function contentOf({ json, events, media = [] }: Answer): object {
  return {
    ...(json && { 'application/json': { schema: refTo(json) } }),
    ...(events && {
      'text/event-stream': {
        schema: { type: 'string', description: `The data of each event is a ${nameOf(events)}.` },
      },
    }),
    ...Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }])),
  };
}
