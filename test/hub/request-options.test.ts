import { isNexusError, NexusHub, type RequestOptions } from 'nexusai-hub';
import type { Clock, Logger } from 'nexusai-hub/ports';
import { nexusNode } from 'nexusai-hub/adapters/node';
import { createFetch } from 'nexusai-hub/http';
import { chunkOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { overSocket } from '../http/transports.ts';
import { checkBooks } from '../request-path/books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from '../request-path/harness.ts';

const EMBED = { model: 'm', input: 'x' };

describe('options of a call', () => {
  it.each<[unknown, RegExp]>([
    [null, /options of a call must be an object.*null/],
    ['fast', /options of a call must be an object.*string/],
    [{ maxRetries: 1 }, /"maxRetries" .*not known here.*signal, timeout, conversationId/],
    [{ headers: {} }, /"headers" .*not known here/],
    [{ constructor: 1 }, /"constructor" .*not known here/],
    [{ signal: 'x' }, /"signal" .*must be an AbortSignal/],
    [{ signal: {} }, /"signal" .*must be an AbortSignal/],
    [{ timeout: '5s' }, /"timeout" .*must be milliseconds/],
    [{ timeout: 0 }, /"timeout" .*must be milliseconds/],
    [{ timeout: NaN }, /"timeout" .*must be milliseconds/],
    [{ timeout: 2 ** 31 }, /"timeout" .*must be milliseconds from 1 to 2147483647/],
    [{ conversationId: '' }, /"conversationId" .*must be/],
    [{ priority: 1.5 }, /"priority" .*must be a whole number from -100 to 100/],
    [{ priority: 101 }, /"priority" .*must be/],
    [{ priority: '1' }, /"priority" .*must be/],
  ])('%j is told, for every resource', async (options, message) => {
    const main = scriptedProvider({ says: 'ok' });
    const { hub } = harness({ main });
    const given = options as RequestOptions;
    const failures = [
      await failureOf(hub.chat.completions.create(PLAIN, given)),
      await failureOf(hub.chat.completions.create(STREAM, given)),
      await failureOf(hub.embeddings.create(EMBED, given)),
    ];
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(TypeError);
      expect(failure).toHaveProperty('message', expect.stringMatching(message));
    }
    expect(main.calls).toHaveLength(0);
  });

  it('may be there without a value', async () => {
    const { hub } = harness({ main: scriptedProvider({ says: 'ok' }) });
    const options = { signal: null, timeout: undefined, maxRetries: undefined } as RequestOptions;
    await hub.chat.completions.create(PLAIN, options);
  });
});

describe('timeout', () => {
  it.each([
    ['a whole answer', PLAIN],
    ['a stream that does not begin', STREAM],
  ])('ends %s, and the provider', async (_name, body) => {
    const main = scriptedProvider({ streams: [{ hangs: 'until aborted' }] });
    const { hub, clock, books } = harness({ main });
    const failing = failureOf(hub.chat.completions.create(body, { timeout: 500 }));
    await clock.advance(499);
    expect(main.calls[0]?.context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await failing).toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('0.5 s') });
    expect(main.calls[0]?.context.signal.aborted).toBe(true);
    expect(main.calls).toHaveLength(1);
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('ends the wait for a part that does not answer', async () => {
    const authenticator = { identify: () => new Promise<never>(() => undefined) };
    const { hub, clock } = harness({ main: scriptedProvider({ says: 'ok' }) }, { authenticator });
    const failing = failureOf(hub.chat.completions.create(PLAIN, { timeout: 500 }));
    await clock.advance(500);
    expect(await failing).toMatchObject({ code: 'deadline_exceeded' });
    expect(clock.pending).toBe(0);
  });

  it('does not count once a stream has begun, and leaves no timer behind', async () => {
    const steps = [
      { yields: chunkOf({ role: 'assistant' as const, content: 'x' }) },
      { waitsMs: 5_000 },
      { yields: chunkOf({ content: 'y', finish: 'stop' as const }) },
    ];
    const { hub, clock, books } = harness({ main: scriptedProvider({ streams: steps }) });
    const reading = readAll(await hub.chat.completions.create(STREAM, { timeout: 500 }));
    await clock.advance(500);
    await clock.advance(4_500);
    expect(await reading).toMatchObject({ text: 'xy', error: undefined });
    checkBooks(books, 1);
    expect([books.records[0]?.outcome, clock.pending]).toEqual(['ok', 0]);
  });

  it('leaves no timer behind after a whole answer', async () => {
    const { hub, clock } = harness({ main: scriptedProvider({ says: 'ok' }) });
    await hub.chat.completions.create(PLAIN, { timeout: 60_000 });
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind after a failure', async () => {
    const { hub, clock } = harness({ main: scriptedProvider({ streams: [{ throws: 'provider_rejected' }] }) });
    const failure = await failureOf(hub.chat.completions.create(STREAM, { timeout: 60_000 }));
    expect(failure).toMatchObject({ code: 'provider_rejected' });
    expect(clock.pending).toBe(0);
  });
});

it('a stream that is iterated a second time says so', async () => {
  const { hub } = harness({ main: scriptedProvider({ says: 'ok' }) });
  const stream = await hub.chat.completions.create(STREAM);
  expect(await readAll(stream)).toMatchObject({ text: 'ok', error: undefined });
  const { chunks, error } = await readAll(stream);
  expect([chunks, isNexusError(error) && error.code]).toEqual([[], 'request_invalid']);
});

it('hub.models.list gives the models of the table and the providers', async () => {
  const { hub } = harness({ main: scriptedProvider({ says: 'ok' }, { models: ['x'] }) });
  const list = await hub.models.list();
  expect(list).toMatchObject({ object: 'list', data: [{ id: 'm' }, { id: 'x', object: 'model', owned_by: 'main' }] });
  const names: string[] = [];
  for await (const { id } of list) names.push(id);
  expect(names).toEqual(['m', 'x']);
});

describe('what the HTTP side logs and goes by', () => {
  const broken = { identify: () => Promise.reject(new Error('CAUSE')) };

  function logging(): { logger: Logger; logged: object[] } {
    const logged: object[] = [];
    const write = (record: object): unknown => logged.push(record);
    return { logger: { debug: write, info: write, warn: write, error: write }, logged };
  }

  it("are the hub's logger and clock, whichever way one comes in", async () => {
    const { logger, logged } = logging();
    const providers = { main: scriptedProvider({ says: 'ok' }) };
    const hub = new NexusHub({ providers, authenticator: broken, logger });
    const served = await overSocket(nexusNode(hub));
    expect((await hub.fetch('http://hub/v1/models')).status).toBe(500);
    expect((await fetch(`${served.url}/v1/models`)).status).toBe(500);
    await served.close();
    const cause: unknown = expect.objectContaining({ message: 'CAUSE' });
    expect(logged).toEqual([expect.objectContaining({ cause }), expect.objectContaining({ cause })]);
  });

  it('may be others', async () => {
    const [own, other] = [logging(), logging()];
    const providers = { main: scriptedProvider({ says: 'ok' }) };
    const hub = new NexusHub({ providers, authenticator: broken, logger: own.logger });
    await createFetch(hub, { logger: other.logger })('http://hub/v1/models');
    expect([own.logged.length, other.logged.length]).toEqual([0, 1]);
  });

  it('a silent stream gets its comment by the clock of the hub', async () => {
    const clock = manualClock();
    const streams = [
      { yields: chunkOf({ role: 'assistant' as const, content: 'x' }) },
      { hangs: 'until aborted' as const },
    ];
    const hub = new NexusHub({ providers: { main: scriptedProvider({ streams }) }, clock });
    const { body } = await hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(STREAM),
    });
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    const comment = reader.read();
    await clock.advance(15_000);
    expect((await comment).value).toBe(': keep-alive\n\n');
    await reader.cancel();
    expect([hub.clock satisfies Clock, hub.stats.now().inFlight]).toEqual([clock, 0]);
  });
});
