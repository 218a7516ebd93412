import { z } from 'zod';
import { describe, expect, it } from 'vitest';

import { readJsonBody } from '../../src/http/json-body.ts';
import { exchangeOf } from './exchange-of.ts';

const SCHEMA = z.strictObject({
  name: z.string().min(3, 'expected at least 3 characters'),
  secret: z.string().regex(/^sk-/, 'expected a key').optional(),
  limits: z.strictObject({ rpm: z.number().positive().optional() }).optional(),
  models: z.array(z.string().max(4)).optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

const read = (body: string, headers: Record<string, string> = {}): Promise<unknown> =>
  readJsonBody(exchangeOf({ body, headers }), SCHEMA);

describe('readJsonBody', () => {
  it('gives what the schema makes of the body', async () => {
    expect(await read('{"name":"app","limits":{"rpm":1}}')).toEqual({ name: 'app', limits: { rpm: 1 } });
  });

  it.each([
    ['{"name":"ab"}', 'name', 'name: expected at least 3 characters.'],
    ['{}', 'name', /^name: .*string/],
    ['', 'name', /^name: /],
    ['{"name":"app","limits":{"rpm":-1}}', 'limits.rpm', /^limits\.rpm: /],
    [
      '{"name":"app","limits":{"rmp":1}}',
      'limits.rmp',
      'limits.rmp: is not known here. Check its spelling, or leave it out.',
    ],
    ['{"name":"app","models":["a","hunter2-canary"]}', 'models[1]', /^models\[1\]: /],
    ['{"name":"app","secret":"hunter2-canary"}', 'secret', 'secret: expected a key.'],
    ['{"name":"app","secret":["hunter2-canary"]}', 'secret', /^secret: /],
    ['{"name":"app","__proto__":{"x":1}}', '__proto__', /^__proto__: is a name that nothing can have/],
    ['{"name":"app","headers":{"__proto__":"x"}}', 'headers.__proto__', /^headers\.__proto__: /],
    ['{"name":"app","headers":{"constructor":"x"}}', 'headers.constructor', /^headers\.constructor: /],
    ['{"name":"app","models":[{"prototype":1}]}', 'models[0].prototype', /^models\[0\]\.prototype: /],
    ['[]', undefined, /must be a JSON object/],
    ['{"name":"hunter2-canary', undefined, /not valid JSON: see line 1/],
  ])('%s is refused with the place and the rule, and without what stood there', async (body, param, message) => {
    const error: unknown = await read(body).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'request_invalid',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      details: param === undefined ? {} : { param },
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });

  it('cuts long names of members', async () => {
    await expect(read(`{"name":"app","${'x'.repeat(500)}":1}`)).rejects.toMatchObject({
      message: `${'x'.repeat(64)}: is not known here. Check its spelling, or leave it out.`,
    });
  });

  it('takes JSON alone, and no more than a megabyte', async () => {
    await expect(read('name=app', { 'content-type': 'text/plain' })).rejects.toMatchObject({
      code: 'media_type_unsupported',
    });
    await expect(read(JSON.stringify({ name: 'x'.repeat(1024 * 1024) }))).rejects.toMatchObject({
      code: 'body_too_large',
    });
  });
});
