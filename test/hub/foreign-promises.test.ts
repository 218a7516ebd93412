import { expect, it } from 'vitest';
import { NexusError, NexusHub } from 'nexusai-hub';
import type { Authenticator, Limiter, SessionTracker } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { guardedFromGuessing, WrongKeys } from '../../src/control/wrong-keys.ts';
import { failureOf } from '../request-path/harness.ts';

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

it('X7: counts a key that an authenticator knows in its own time as wrong when it says so, and not as right before', async () => {
  const wrongKeys = new WrongKeys({ most: 2, windowMs: 60_000 }, manualClock());
  const refused = new NexusError('unauthenticated', 'Nobody has this key.');
  const guarded = guardedFromGuessing({ identify: () => foreign(Promise.reject(refused)) }, wrongKeys);
  const guess = async (): Promise<unknown> =>
    guarded.identify({ via: 'http', key: 'guessed', address: '192.0.2.1' }, new AbortController().signal);
  for (const code of ['unauthenticated', 'unauthenticated', 'rate_limited'])
    expect(await failureOf(guess())).toMatchObject({ code });
});

it('lets a role that has to sign in by signed requests only, whatever promise tells of it', async () => {
  const authenticator: Authenticator = { identify: () => foreign(Promise.resolve({ id: 'ann', role: 'bot' })) };
  const roles = { bot: { permissions: ['chat'], signature: 'required' } } as const;
  const hub = new NexusHub({ providers, authenticator, roles });
  expect((await ask(hub)).status).toBe(401);
  await hub.close();
});
