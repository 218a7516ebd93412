import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { NexusHub, type Providers } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { RequestRecord } from 'nexusai-hub/ports';
import { afterEach, describe, expect, it } from 'vitest';

import type { AnswerScript } from '../../src/testing/answer-script.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { builtPrograms } from '../built-programs.ts';
import { json, type Served, type Transport, TRANSPORTS } from './transports.ts';

const programOf = builtPrograms({ run: new URL('leaving-run.ts', import.meta.url) });

const CHAT = '/v1/chat/completions';
const PLAIN = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const FIRST =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",' +
  '"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}\n\n';

/** Moments at which a client can leave: what the upstream has done by then, and whether a stream was asked for. */
const MOMENTS: readonly (readonly [name: string, script: AnswerScript, stream: boolean])[] = [
  ['C3: before the upstream has sent a head, of a stream', { silent: true, then: 'hang' }, true],
  ['C2: before the upstream has sent a head, of a whole answer', { silent: true, then: 'hang' }, false],
  ['C3: before the first content', { sends: [': waiting\n\n'], then: 'hang' }, true],
  ['C2: in the middle of a whole answer', whole('{"id":"c","object":"chat.completion",'), false],
  ['C1: in the middle of a stream', { sends: [FIRST], then: 'hang' }, true],
];

describe.each(TRANSPORTS)('$name', (transport) => {
  let served: Served;
  let hub: NexusHub;
  let upstream: ScriptedUpstream;
  const records: RequestRecord[] = [];

  afterEach(async () => {
    await served.close();
    await hub.close({ drainMs: 0 });
    await upstream.close();
    records.length = 0;
  });

  async function serve(script: AnswerScript, over: Transport = transport): Promise<void> {
    upstream = await scriptedUpstream(script);
    const providers: Providers = { main: openaiCompatible({ baseUrl: upstream.url, models: ['m'] }) };
    const sink = { record: (record: RequestRecord): unknown => records.push(record) };
    // Loading an encoder blocks for as long as the upstream may take to be stopped here.
    const tokenCounter = { count: () => Promise.resolve({ tokens: 1, exact: false }) };
    hub = new NexusHub({ providers, statsSinks: [sink], tokenCounter });
    served = await over.serve(hub);
  }

  it.each(MOMENTS)('%s, the upstream is stopped at once', async (_name, script, stream) => {
    await serve(script);
    const controller = new AbortController();
    const asking = served.fetch(`${served.url}${CHAT}`, { ...json({ ...PLAIN, stream }), signal: controller.signal });
    const reading = asking.then((response) => response.text());
    const failed = expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    const request = await upstream.nextRequest();
    if (script.sends?.[0] === FIRST) await asking;
    controller.abort();
    await failed;
    // Long before any time limit: none is shorter than that of a test.
    await request.left;

    while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    // C5, C7: one record, and it says that the caller left.
    await hub.close({ drainMs: 0 });
    expect(records.map(({ outcome, error }) => [outcome, error])).toEqual([['aborted', 'cancelled']]);
  });

  it('C1: leaving the body of an answer unread and cancelled stops the upstream too', async () => {
    await serve({ sends: [FIRST], then: 'hang' });
    const response = await served.fetch(`${served.url}${CHAT}`, json({ ...PLAIN, stream: true }));
    const request = await upstream.nextRequest();
    await response.body!.cancel();
    await request.left;
    while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

it(
  'C4, C6: 1,000 clients that leave at random moments leave nothing behind, and the process lives',
  { timeout: 120_000 },
  async () => {
    const parameters = ['--unhandled-rejections=strict', programOf('run')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, parameters);
    expect(stderr).toBe('');
    const { requests, outcomes, inFlight } = JSON.parse(stdout) as {
      requests: number;
      outcomes: Record<string, number>;
      inFlight: number;
    };
    expect(inFlight).toBe(0);
    expect(requests).toBeGreaterThan(500);
    expect(outcomes['aborted']).toBeGreaterThan(100);
    expect(outcomes['ok']).toBeGreaterThan(50);
    expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(requests);
  },
);

function whole(text: string): AnswerScript {
  return { headers: { 'content-type': 'application/json' }, sends: [text], then: 'hang' };
}
