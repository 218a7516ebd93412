import { expect, it } from 'vitest';
import { NexusError, NexusHub } from 'nexusai-hub';
import type { Authenticator, Limiter, SessionTracker } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';

/** What libraries of promises and other realms give: it has `then`, and is no promise of this realm. */
function foreign<T>(promise: Promise<T>): Promise<T> {
  const { then } = promise;
  return { then: then.bind(promise) } as Promise<T>;
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const providers = { main: scriptedProvider({ says: 'Hello', usage }) };
const BODY = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });

function ask(hub: NexusHub): Promise<Response> {
  const headers = { authorization: 'Bearer a-key', 'content-type': 'application/json' };
  return hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body: BODY });
}

it('C1: waits for whatever an authenticator, a limiter and a session tracker promise', async () => {
  let settled = 0;
  const authenticator: Authenticator = { identify: () => foreign(Promise.resolve({ id: 'ann', role: 'user' })) };
  const limiter: Limiter = { acquire: () => foreign(Promise.resolve({ settle: () => (settled += 1) })) };
  const sessionTracker: SessionTracker = {
    active: () => 0,
    open: () => foreign(Promise.resolve({ id: 'conversation-1', isNew: true })),
  };
  const hub = new NexusHub({ providers, authenticator, limiter, sessionTracker });
  const answer = await ask(hub);
  expect([answer.status, answer.headers.get('x-nexus-conversation-id')]).toEqual([200, 'conversation-1']);
  expect(settled).toBe(1);
  await hub.close();
});

it('L1: refuses what a limiter refuses in its own time', async () => {
  const limiter: Limiter = {
    acquire: () => foreign(Promise.reject(new NexusError('rate_limited', 'Too many.', { retryAfterMs: 1_000 }))),
  };
  const hub = new NexusHub({ providers, limiter });
  expect((await ask(hub)).status).toBe(429);
  await hub.close();
});
