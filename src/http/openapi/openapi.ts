import { z } from 'zod';
import { CODES } from '../../errors.ts';
import type { Access } from '../routes/access.ts';
import { OPERATIONS, type OperationText } from './operations.ts';

/** A description of the HTTP API in the form of OpenAPI 3.1. */
export type OpenapiDocument = Readonly<Record<string, unknown>>;

/** Statuses that any operation for a caller may be refused with. */
const REFUSALS = [400, 401, 403, 404, 409, 412, 429, 503] as const;

/**
 * Describes what a hub answers: paths and permissions come from the route tables, bodies from the schemas they are checked
 * by.
 * @param prefix what all paths begin with where the hub is mounted.
 */
export function openapiOf(accesses: readonly Access[], prefix: string): OpenapiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, unknown> = { Error: ERROR };
  for (const { method, path, permission } of accesses) {
    const text = OPERATIONS[`${method} ${path}`];
    if (!text) continue;
    const form = prefix + path.replace(/\*$/, '{rest}');
    (paths[form] ??= {})[method.toLowerCase()] = operationOf(text, form, permission, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'NexusAI Hub',
      version: '1',
      description:
        'An OpenAI-compatible API over many model providers, and an API to run it. A "{rest}" may hold slashes.',
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas,
      responses: Object.fromEntries(REFUSALS.map((status) => [`Refusal${String(status)}`, refusalOf(status)])),
    },
  };
}

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'code', 'param'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        code: { type: ['string', 'null'] },
        param: { type: ['string', 'null'] },
      },
    },
  },
};

function refusalOf(status: number): object {
  const codes = Object.entries(CODES).flatMap(([code, row]) => (row.status === status ? [code] : []));
  return {
    description: codes.join(', '),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

function operationOf(text: OperationText, form: string, permission: string, schemas: Record<string, unknown>): object {
  const { id, summary, query = [], body, status = 200 } = text;
  const isOpen = permission === 'none';
  const inPath = [...form.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameterOf(name, 'path'));
  const parameters = [...inPath, ...query.map((name) => parameterOf(name, 'query'))];
  const refusals: Readonly<Record<string, object>> = Object.fromEntries(
    REFUSALS.map((code) => [String(code), { $ref: `#/components/responses/Refusal${String(code)}` }]),
  );
  return {
    operationId: id,
    summary,
    ...(isOpen ? { security: [] } : { security: [{ key: [] }], description: `Permission: ${permission}.` }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { content: { 'application/json': { schema: schemaOf(body, id, schemas) } } } } : {}),
    responses: {
      [String(status)]: { description: 'Done', content: contentOf(text.answers) },
      ...(isOpen ? {} : refusals),
    },
  };
}

function parameterOf(name: string, place: 'path' | 'query'): object {
  return { name, in: place, ...(place === 'path' ? { required: true } : {}), schema: { type: 'string' } };
}

function contentOf(answers: string): object {
  if (answers.includes('/')) return { [answers]: { schema: { type: 'string' } } };
  if (answers === 'any') return { 'application/json': { schema: { type: 'object' } } };
  const list = {
    type: 'object',
    required: ['object', 'data'],
    properties: { object: { const: 'list' }, data: { type: 'array' } },
  };
  const one = { type: 'object', required: ['object'], properties: { object: { const: answers } } };
  return { 'application/json': { schema: answers === 'list' ? list : one } };
}

/**
 * What a body may be before it is read. Schemas that refer to themselves stand among the components, under names that
 * begin with that of their operation.
 */
function schemaOf(body: z.ZodType, id: string, components: Record<string, unknown>): object {
  const { $schema, $defs, ...schema } = z.toJSONSchema(body, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  if (!$defs) return schema;
  const moved = (part: unknown): unknown =>
    JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', `"#/components/schemas/${id}`));
  for (const [name, definition] of Object.entries($defs)) components[id + name] = moved(definition);
  return moved(schema) as object;
}
