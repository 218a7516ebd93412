import { createTransport, readChunks, type Transport } from 'nexusai-hub/provider-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { gate } from '../../src/testing/answer-script.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';

const EVENTS =
  'data: {"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

describe('what comes after [DONE]', () => {
  let upstream: ScriptedUpstream;
  let transport: Transport;
  const clock = manualClock();
  beforeEach(async () => {
    upstream = await scriptedUpstream();
    transport = createTransport({ baseUrl: upstream.url });
  });
  afterEach(async () => {
    await transport.close();
    await upstream.close();
  });

  async function readAll(): Promise<void> {
    const { signal } = new AbortController();
    const response = await transport.post('/', { body: '{}', signal });
    const stream = readChunks(response, { model: 'm' }, { clock })[Symbol.asyncIterator]();
    for (let step = await stream.next(); !step.done; step = await stream.next()) expect(step.value).not.toEqual([]);
    // A reader that tidies up after the end must not cost the connection.
    await stream.return?.();
  }

  it('the answer is over before the body is, and the connection serves the next request', async () => {
    const door = gate();
    upstream.play({ sends: [EVENTS, door, ': bye\n\n'] });
    await readAll();
    expect(clock.pending).toBe(1);
    door.open();
    while (clock.pending > 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await readAll();
    expect(upstream.acceptedConnections).toBe(1);
  });

  it('a server that never ends its body is given up', async () => {
    upstream.play({ sends: [EVENTS], then: 'hang' });
    await readAll();
    const { left } = await upstream.nextRequest();
    await clock.advance(1000);
    await left;
    expect(clock.pending).toBe(0);
  });
});
