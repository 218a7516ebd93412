import { expect, it } from 'vitest';
import type { ForwardPiece, Provider } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { parsePassedRequest } from '../../src/openai/forward-request.ts';
import { forwardingToo } from './forwarding-provider.ts';
import { failureOf, harness } from './harness.ts';

const CALL = {
  operation: 'responses' as const,
  request: parsePassedRequest('responses', { model: 'm', input: 'x', stream: true }),
  credentials: { via: 'process' as const },
};

/** Passes on a stream whose reads never come back, and tells how it was let go. */
function silent(): Provider & { readonly returned: boolean[] } {
  const returned: boolean[] = [];
  const body = {
    [Symbol.asyncIterator]: (): AsyncIterator<ForwardPiece> => ({
      next: () => new Promise(() => {}),
      return: async () => {
        returned.push(true);
        return { done: true as const, value: undefined };
      },
    }),
  };
  return {
    kind: 'silent',
    returned,
    open: () => Promise.reject(new Error('not asked')),
    forward: () => Promise.resolve({ contentType: 'text/event-stream', body }),
  };
}

it('T1, C1: a stream that says nothing is let go when its time is over, and the next one asked', async () => {
  const first = silent();
  const second: Provider = {
    ...silent(),
    forward: () => Promise.resolve({ contentType: 'application/json', body: new Uint8Array([1]) }),
  };
  const { hub, clock } = harness({ first, second }, { timeouts: { firstContentMs: 200 } });
  const opening = hub.open(CALL);
  await clock.advance(199);
  expect(first.returned).toEqual([]);
  await clock.advance(2);
  expect(await opening).toMatchObject({ kind: 'forwarded', head: { provider: 'second', attempts: 2 } });
  expect(first.returned).toEqual([true]);
});

it('C1: an answer that comes after its time is let go', async () => {
  const late = silent();
  const forward = late.forward!;
  let answer = (): void => {};
  const slow: Provider = {
    ...late,
    forward: (...given) =>
      new Promise((resolve) => {
        answer = () => {
          resolve(forward(...given));
        };
      }),
  };
  const { hub, clock } = harness({ slow }, { timeouts: { firstContentMs: 200 }, routing: { maxAttempts: 1 } });
  const failed = failureOf(hub.open(CALL));
  await clock.advance(201);
  expect(await failed).toMatchObject({ code: 'first_content_timeout' });
  answer();
  await clock.advance(1);
  expect(late.returned).toEqual([true]);
});

it.each([undefined, null, 'none', {}, { body: 'none' }, { body: {} }])(
  'what is no answer (%j) is a failure of its provider, and the next is asked',
  async (given) => {
    const odd: Provider = { ...silent(), forward: () => Promise.resolve(given as never) };
    const good = forwardingToo(scriptedProvider({ says: 'good' }));
    const { hub, books } = harness({ odd, good });
    expect(await hub.open(CALL)).toMatchObject({ kind: 'forwarded', head: { provider: 'good', attempts: 2 } });
    expect(books.tickets[0]).toEqual(['fail malformed_response']);
  },
);

it('facts that fail cost the usage, not the answer', async () => {
  const odd: Provider = {
    ...silent(),
    forward: () =>
      Promise.resolve({
        contentType: 'application/json',
        body: new Uint8Array([1]),
        facts: () => {
          throw new Error('no facts');
        },
      }),
  };
  const { hub, books } = harness({ odd });
  expect(await hub.open(CALL)).toMatchObject({ kind: 'forwarded' });
  expect(books.records).toMatchObject([{ outcome: 'ok', usageProvenance: 'absent' }]);
});
