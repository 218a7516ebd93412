import fc from 'fast-check';
import { NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, expect, it } from 'vitest';

const ADMIN = 'sk-admin-canary';
const hub = new NexusHub({
  providers: { main: scriptedProvider({ says: 'Hi' }) },
  keys: [{ name: 'admin', key: ADMIN, role: 'admin' }],
});
afterAll(() => hub.close());

const MEMBERS = {
  ...{ name: 'app', owner: 'me', role: 'user', models: ['m'], providers: ['main'], rpm: 1, tpm: 1, max_concurrent: 1 },
  ...{ budget_usd: { day: 1, month: null }, priority: 0, expires_at: 4_000_000_000, allowed_addresses: ['::1'] },
  ...{ disabled: false, signature: 'allowed', overlap_ms: 5 },
};

/** Bodies that nearly are what is taken, with anything in place of a member, and any others beside them. */
const bodies = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.subarray(Object.keys(MEMBERS)), fc.subarray(Object.keys(MEMBERS), { maxLength: 3 }), fc.jsonValue())
      .map(([good, bad, value]) =>
        JSON.stringify({
          name: 'app',
          ...Object.fromEntries(good.map((name) => [name, MEMBERS[name as keyof typeof MEMBERS]])),
          ...Object.fromEntries(bad.map((name) => [name, value])),
        }),
      ),
  },
  { weight: 2, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string() },
);

async function ask(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const response = await hub.fetch(`http://hub${path}`, { method, headers, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text() };
}

it('any body is taken or refused with its place, and no key is lost or half changed', async () => {
  const made = JSON.parse((await ask('POST', '/keys', JSON.stringify({ name: 'first', rpm: 7 }))).text) as {
    id: string;
  };
  const path = `/keys/${made.id}`;
  await fc.assert(
    fc.asyncProperty(bodies, fc.constantFrom('create', 'change', 'rotate'), async (body, what) => {
      const before = (await ask('GET', path)).text;
      const answer =
        what === 'create'
          ? await ask('POST', '/keys', body)
          : what === 'change'
            ? await ask('PATCH', path, body)
            : await ask('POST', `${path}/rotate`, body);
      expect([body, answer.status < 500]).toEqual([body, true]);
      const after = await ask('GET', path);
      expect(after.status).toBe(200);
      if (answer.status >= 400) {
        expect(after.text).toBe(before);
        expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.any(String) as string } });
      }
      if (what === 'create' && answer.status === 201)
        expect((await ask('DELETE', `/keys/${(JSON.parse(answer.text) as { id: string }).id}`)).status).toBe(200);
    }),
    { numRuns: 2_000 },
  );
}, 120_000);
