import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Validator } from '@seriousme/openapi-schema-validator';
import { CHANGING_SECTIONS, NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { STARTING_SECTIONS } from '../../src/control/document/config-schema.ts';
import { CODES } from '../../src/errors.ts';
import { mergePatchOf } from '../../src/http/openapi/merge-patch.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { accessOf } from '../../src/http/routes/routes.ts';
import { type Description, descriptionOf, type Operation } from './openapi-described.ts';

async function described(): Promise<Description> {
  const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hello' }) } });
  try {
    return await descriptionOf(hub);
  } finally {
    await hub.close();
  }
}

/** Every operation, with what stands for its parameters. */
function operationsOf({ paths }: Description): (readonly [name: string, operation: Operation])[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
}

function refersTo(operation: Operation, parameter: string): boolean {
  return operation.parameters.some((one) => '$ref' in one && one.$ref.endsWith(`/${parameter}`));
}

/** Objects with members of which others may stand beside those that are named. */
function openObjectsIn(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  const { properties, additionalProperties } = schema as Record<string, unknown>;
  const isOpen = typeof properties === 'object' && additionalProperties !== false;
  return Object.values(schema).reduce((sum: number, part) => sum + openObjectsIn(part), isOpen ? 1 : 0);
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 as its own schema has it', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate((await described()) as never);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('is loaded when somebody asks for it: nothing that a hub starts with imports it', () => {
    const folder = fileURLToPath(new URL('../../src/', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith(join('http', 'openapi')),
    );
    expect(files).toContain(join('http', 'routes', 'description.ts'));
    const importing = files.filter((name) =>
      /from '[./\w-]*\/openapi\//.test(readFileSync(join(folder, name), 'utf8')),
    );
    expect(importing).toEqual([]);
  });

  it('describes every path that is served, and no other', () => {
    const served = accessOf({ unversioned: false }).map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(OPERATIONS).toSorted()).toEqual(served.toSorted());
  });

  it('names every part of a path, and leads nowhere else', async () => {
    const description = await described();
    for (const [name, { parameters }] of operationsOf(description)) {
      const inPath = parameters.flatMap((one) => ('in' in one && one.in === 'path' ? [one.name] : []));
      expect([name, [...name.matchAll(/\{(\w+)\}/g)].map(([, part]) => part)]).toEqual([name, inPath]);
      expect(name).not.toContain('*');
    }
    const text = JSON.stringify(description);
    const { components } = description as unknown as { components: Record<string, Record<string, unknown>> };
    for (const [, group = '', item = ''] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g))
      expect([group, item, components[group]?.[item] !== undefined]).toEqual([group, item, true]);
    expect(text).not.toContain('$defs');
  });

  it('has no schema that nothing refers to, but of events', async () => {
    const description = await described();
    const text = JSON.stringify(description);
    const alone = Object.keys(description.components.schemas).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    for (const name of alone) expect(text).toContain(`The data of each event is a ${name}.`);
  });

  it('calls each operation by a name of its own, and says what it asks for', async () => {
    const operations = operationsOf(await described()).map(([, operation]) => operation);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { security, description } of operations)
      expect(security.length > 0).toBe(description?.startsWith('Permission: ') ?? false);
  });

  it('says how callers show who they are, and what a session says beside its cookie', async () => {
    const description = await described();
    const known = Object.keys(description.components.securitySchemes);
    for (const [name, { security }] of operationsOf(description)) {
      if (security.length === 0) continue;
      expect(security).toContainEqual({ bearer: [] });
      for (const way of security) expect(known).toEqual(expect.arrayContaining(Object.keys(way)));
      const session = security.find((way) => 'session' in way);
      if (name !== 'post /session')
        expect([name, session && 'csrf' in session]).toEqual([name, !name.startsWith('get ')]);
    }
  });

  it('tells of every error that the hub has a status for, and of the headers that go with it', async () => {
    const description = await described();
    const { responses } = description.components;
    // 499: nobody is there any more to read it.
    const statuses = new Set(Object.values(CODES).map(({ status }) => status));
    for (const status of statuses)
      if (![405, 499].includes(status)) expect(responses).toHaveProperty(`Error${String(status)}`);
    for (const status of [429, 503]) expect(responses[`Error${status}`]?.headers).toHaveProperty('retry-after');
    for (const [name, operation] of operationsOf(description)) {
      const known = Object.keys(operation.responses);
      expect([name, known]).toEqual([name, expect.arrayContaining(['500', '503', 'default'])]);
      expect([name, known.includes('412')]).toEqual([name, refersTo(operation, 'IfMatch')]);
      expect([name, known.includes('422')]).toEqual([name, refersTo(operation, 'IdempotencyKey')]);
      expect([name, known.includes('415')]).toEqual([name, operation.requestBody !== undefined]);
    }
  });

  it('says all of what is in our own answers: no schema is open but those of what providers say', async () => {
    const { components, paths } = await described();
    const answered = new Set<string>();
    const find = (schema: unknown): void => {
      for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g))
        if (!answered.has(name)) {
          answered.add(name);
          find(components.schemas[name]);
        }
    };
    for (const [path, methods] of Object.entries(paths))
      if (!path.startsWith('/v1/')) for (const { responses } of Object.values(methods)) find(responses);
    expect(answered.size).toBeGreaterThan(30);
    const open = [...answered].filter((name) => openObjectsIn(components.schemas[name]) > 0);
    expect(open).toEqual(['Openapi']);
  });

  it('has the schemas that bodies are checked by', async () => {
    const { paths, components } = await described();
    const body = paths['/providers']?.['post']?.requestBody;
    expect(body).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/ProviderSettings' } } },
    });
    expect(components.schemas['ProviderSettings']).toMatchObject({
      required: ['id', 'kind'],
      additionalProperties: false,
      properties: { server_url: { type: 'string', format: 'uri' }, models: { type: 'array' } },
    });
    expect(components.schemas['NewKey']).toMatchObject({ required: ['name'] });
  });

  it('offers those sections of a configuration that can be changed, and no other', async () => {
    const { properties } = (await described()).components.schemas['ConfigChange'] as { properties: object };
    expect(Object.keys(properties).toSorted()).toEqual([...CHANGING_SECTIONS].toSorted());
    for (const section of STARTING_SECTIONS) expect(properties).not.toHaveProperty(section);
  });
});

describe('the schema of a change', () => {
  const text = { type: 'string' };

  it('asks for nothing but what says which one is meant, and takes null for what need not be there', () => {
    const schema = { type: 'object', properties: { id: text, kind: text, note: text }, required: ['id', 'kind'] };
    expect(mergePatchOf(schema, ['id'])).toEqual({
      type: 'object',
      properties: { id: text, kind: text, note: { anyOf: [text, { type: 'null' }] } },
      required: ['id'],
    });
  });

  it('goes into members and choices, leaves lists whole, and leaves out defaults', () => {
    const inner = { type: 'object', properties: { a: { ...text, default: 'x' } }, additionalProperties: false };
    const patched = {
      type: 'object',
      properties: { a: { anyOf: [text, { type: 'null' }] } },
      additionalProperties: false,
    };
    const schema = {
      properties: { one: { anyOf: [text, inner] }, list: { type: 'array', items: inner } },
      required: ['list'],
      additionalProperties: inner,
    };
    expect(mergePatchOf(schema)).toEqual({
      properties: {
        one: { anyOf: [text, patched, { type: 'null' }] },
        list: { type: 'array', items: inner },
      },
      additionalProperties: { anyOf: [patched, { type: 'null' }] },
    });
  });
});
