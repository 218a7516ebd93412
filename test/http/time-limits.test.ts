import { NexusHub } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { manualClock } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { readEvents } from './events.ts';
import { json, TRANSPORTS } from './transports.ts';

const CHAT = '/v1/chat/completions';
const STREAM = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], stream: true };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const choices = [{ index: 0, delta: { role: 'assistant', content: 'one ' }, finish_reason: null }];
const ONE = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;

describe.each(TRANSPORTS)('over $name', (transport) => {
  it('T1, T2: a silent upstream is left for the next in time, and our own pings keep neither of them alive', async () => {
    const clock = manualClock();
    const silent = await scriptedUpstream({ silent: true, then: 'hang' });
    const stalls = await scriptedUpstream({ sends: [ONE], then: 'hang' });
    const hub = new NexusHub({
      providers: {
        first: openaiCompatible({ baseUrl: silent.url, models: ['m'] }),
        second: openaiCompatible({ baseUrl: stalls.url, models: ['m'] }),
      },
      balancer: { order: (targets) => targets },
      timeouts: { firstContentMs: 7_000, idleMs: 7_000 },
      clock,
    });
    const served = await transport.serve(hub, { keepAliveMs: 1_000 });
    closing.push(
      () => served.close(),
      () => hub.close({ drainMs: 0 }),
      () => silent.close(),
      () => stalls.close(),
    );
    const asking = served.fetch(served.url + CHAT, json(STREAM));
    const asked = await silent.nextRequest();
    await clock.advance(6_999);
    expect(stalls.requests).toHaveLength(0);
    await clock.advance(1);
    await stalls.nextRequest();
    await asked.left;

    const response = await asking;
    expect(response.headers.get('x-nexus-provider')).toBe('second');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('one ')) text += (await reader.read()).value ?? '';
    const rest = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    })();
    for (let ms = 0; ms < 7_000; ms += 1_000) {
      expect(text).not.toContain('stream_idle');
      await clock.advance(1_000);
    }
    await rest;
    const { comments, error, done } = readEvents(text);
    expect({ code: error?.code, done }).toEqual({ code: 'stream_idle', done: false });
    expect(comments).toBeGreaterThanOrEqual(5);
    // By then the audit log is written.
    await clock.advance(50);
    expect(clock.pending).toBe(0);
  });
});
