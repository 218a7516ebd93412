import { Validator } from '@seriousme/openapi-schema-validator';
import { NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { accessOf } from '../../src/http/routes/routes.ts';
import { managedHub } from '../admin/set-up.ts';

type Operation = {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly description?: string;
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
};
type Description = { readonly paths: Record<string, Record<string, Operation>> };

async function described(): Promise<Description> {
  const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hello' }) } });
  const response = await hub.fetch('http://hub/openapi.json');
  await hub.close();
  expect(response.status).toBe(200);
  return (await response.json()) as Description;
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 as its own schema has it', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(await described());
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('describes every path that is served, and no other', () => {
    const served = accessOf({ unversioned: false }).map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(OPERATIONS).toSorted()).toEqual(served.toSorted());
  });

  it('calls each operation by a name of its own, and says what it asks for', async () => {
    const operations = Object.values((await described()).paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { security, description } of operations)
      expect(security.length > 0).toBe(description?.startsWith('Permission: ') ?? false);
  });

  it('has the schemas that bodies are checked by', async () => {
    const { paths } = await described();
    const schema = paths['/providers']?.['post']?.requestBody?.content['application/json'].schema;
    expect(schema).toMatchObject({
      required: ['id', 'kind'],
      additionalProperties: false,
      properties: { server_url: { type: 'string', format: 'uri' }, models: { type: 'array' } },
    });
    expect(paths['/keys']?.['post']?.requestBody?.content['application/json'].schema).toMatchObject({
      required: ['name'],
    });
  });

  it('says of answers what they are', async () => {
    const { paths } = await described();
    const { hub } = await managedHub();
    await hub.admin.keys.create({ name: 'one' });
    const seen: string[] = [];
    for (const [path, operations] of Object.entries(paths)) {
      const operation = operations['get'] as
        | undefined
        | {
            responses: Record<
              string,
              { content: Record<string, { schema: { properties?: { object?: { const?: string } } } }> }
            >;
          };
      const wanted = operation?.responses['200']?.content['application/json']?.schema.properties?.object?.const;
      if (wanted === undefined || path.includes('{rest}')) continue;
      const [key] = (await hub.admin.keys.list()).data;
      const ids = path.startsWith('/keys') ? (key?.id ?? '') : 'main';
      const query = path === '/stats/usage' ? '?group_by=model' : '';
      const response = await hub.fetch(`http://hub${path.replace('{id}', ids)}${query}`, {
        headers: await adminHeaders(hub),
      });
      const body = (await response.json()) as { object?: string };
      if (response.status === 400 && path === '/backups') continue;
      expect([path, response.status, body.object]).toEqual([path, 200, wanted]);
      seen.push(path);
    }
    expect(seen.length).toBeGreaterThan(10);
    await hub.close();
  });
});

/** Of a personal key that may do everything. */
async function adminHeaders(hub: NexusHub): Promise<Record<string, string>> {
  const { secret } = await hub.admin.keys.create({ name: 'all', role: 'admin' });
  return { authorization: `Bearer ${secret.reveal()}` };
}
