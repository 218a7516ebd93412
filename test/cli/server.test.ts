import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { gate } from '../../src/testing/answer-script.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { builtPrograms } from '../built-programs.ts';
import { answerLikeOpenAI, TEXT } from '../clients/served-hub.ts';
import { readEvents } from '../http/events.ts';
import { json } from '../http/transports.ts';
import { postText, wireTo } from '../http/wire.ts';
import { startCommandLine, type Started } from '../services/command-line.ts';

const ADMIN_KEY = '0f6c1b9a-of-a-test-e27d';
const STARTING = { timeout: 60_000 };
const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });

let folder: string;
const running: Started[] = [];
const upstreams: ScriptedUpstream[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-server-'));
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const upstream of upstreams.splice(0)) await upstream.close();
  rmSync(folder, { recursive: true });
});

function run(parameters: readonly string[], variables: Record<string, string> = {}): Started {
  const started = startCommandLine({ folder, parameters, variables, program: [programOf('main')] });
  running.push(started);
  return started;
}

function ask(url: string, model: string, content = 'Hello'): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, json({ model, messages: [{ role: 'user', content }], stream: true }));
}

async function configured(count: number, more = ''): Promise<string> {
  for (let place = 0; place < count; place++) upstreams.push(await scriptedUpstream(answerLikeOpenAI));
  const providers = upstreams.map(({ url }, place) => {
    return `  - { id: p${place}, kind: openai-compatible, server_url: "${url}/v1", models: [m] }`;
  });
  const file = join(folder, 'nexus.yaml');
  writeFileSync(file, `providers:\n${providers.join('\n')}\n${more}`);
  return file;
}

describe('nexusai-hub', STARTING, () => {
  it('prints its base URL first, then a command that works', async () => {
    const started = run([]);
    const url = await started.firstLine();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(started.output.out).toContain(`${url}/v1`);
    const command = /curl -N (\S+) -H '(Content-Type): (\S+)' -d '(.*)'/.exec(started.output.out)!;
    const response = await fetch(command[1]!, {
      method: 'POST',
      headers: { [command[2]!]: command[3]! },
      body: command[4]!,
    });
    expect(readEvents(await response.text())).toMatchObject({ done: true, text: expect.stringContaining('demo') });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('P5: what was said is there after a restart, in the database of NEXUS_DATA_DIR', async () => {
    const admin = { NEXUS_ADMIN_KEY: ADMIN_KEY };
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    const first = run([], admin);
    const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: '你好 hello' }] });
    const url = await first.firstLine();
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
    const id = answer.headers.get('x-nexus-conversation-id') ?? '';
    await answer.text();
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const again = await run([], admin).firstLine();
    const history = (await (await fetch(`${again}/conversations/${id}`, { headers })).json()) as object;
    expect(history).toMatchObject({ id, request_count: 1, message_count: 2, preview: '你好 hello' });
    const stats = (await (await fetch(`${again}/stats`, { headers })).json()) as object;
    expect(stats).toMatchObject({ total_conversations: 1, requests: 1 });
  });

  it('does not start on a database that it cannot use, and leaves it as it is', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'ledger.db'), 'this is no database, and somebody may miss it'.repeat(100));
    const before = readFileSync(join(folder, 'data', 'ledger.db'));
    const started = run([]);
    expect(await started.ended).toBe(1);
    expect(started.output.err).toContain('ledger.db');
    expect(started.output.err).not.toContain('    at ');
    expect(readFileSync(join(folder, 'data', 'ledger.db'))).toEqual(before);
  });

  it('--help and --version say what they are asked for', async () => {
    const [help, version] = [run(['--help']), run(['--version'])];
    expect([await help.ended, await version.ended]).toEqual([0, 0]);
    expect(help.output.out).toContain('--config FILE');
    expect(version.output.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('a mistake ends it with one clear message and no stack', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'providers:\n  - id: main\n    kind: opanai\n');
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'providers: [{ id: main, kind: openai, api_key: "a\\nb" }]\n');
    const taken = await scriptedUpstream();
    upstreams.push(taken);
    const wrong = [
      run(['--config', file]),
      run(['--config', broken]),
      run(['--port', 'x']),
      run(['--prot', '1']),
      run(['--port', new URL(taken.url).port]),
    ];
    const messages = [
      /wrong\.yaml:3: providers\[0\]\.kind: /,
      /broken\.yaml: the provider "main": openai: apiKey must be a text without line breaks/,
      /--port: expected a port/,
      /--prot/,
      /something listens there already/,
    ];
    for (const [place, started] of wrong.entries()) {
      expect(await started.ended).toBe(1);
      expect(started.output.err).toMatch(messages[place]!);
      expect(started.output.err).not.toMatch(/\n\s+at /);
      expect(started.output.out).toBe('');
    }
  });

  it('an address that is not of this machine ends it before a key is made', async () => {
    for (const host of ['no-such-host.invalid', '198.51.100.7', 'http://127.0.0.1']) {
      const started = run([], { HOST: host });
      expect(await started.ended).toBe(1);
      expect(started.output.err).toContain(`${host}:0: `);
      expect(started.output.err).not.toContain('nxa-');
      expect(existsSync(join(folder, 'data'))).toBe(false);
    }
  });

  it('while it asks for no key it answers to the names of this machine alone', async () => {
    const open = await run([]).firstLine();
    const closed = await run([], { NEXUS_ADMIN_KEY: ADMIN_KEY }).firstLine();
    const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] });
    const statusOf = async (url: string, host: string): Promise<string> => {
      const client = await wireTo(url);
      const authorization = `Bearer ${ADMIN_KEY}`;
      const origin = `http://${host}`;
      client.send(postText('/v1/chat/completions', body, { host, origin, authorization, connection: 'close' }));
      return (await client.closed()).split(' ', 2)[1] ?? '';
    };
    expect([await statusOf(open, 'evil.example'), await statusOf(open, 'evil.example:8001')]).toEqual(['403', '403']);
    expect([await statusOf(open, 'localhost:1'), await statusOf(open, new URL(open).host)]).toEqual(['200', '200']);
    expect(await statusOf(closed, 'hub.example')).toBe('200');
  });

  it('R3, B1: two providers of one model share its requests and back each other up', async () => {
    const url = await run(['--config', await configured(2)]).firstLine();
    const textOf = async (): Promise<string> => readEvents(await (await ask(url, 'm')).text()).text;
    for (let count = 0; count < 40; count++) expect(await textOf()).toBe(TEXT);
    const shares = upstreams.map(({ requests }) => requests.length);
    expect(shares[0]! + shares[1]!).toBe(40);
    expect(Math.min(...shares)).toBeGreaterThan(5);

    await upstreams.shift()!.close();
    for (let count = 0; count < 20; count++) expect(await textOf()).toBe(TEXT);
  });

  it('D1: 50 streams finish after SIGTERM, new requests are refused, readiness is off', async () => {
    const started = run(['--config', await configured(1)]);
    const url = await started.firstLine();
    const rest = gate();
    const head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":';
    const sends = [
      `data: ${head}{"role":"assistant","content":"one "},"finish_reason":null}]}\n\n`,
      rest,
      `data: ${head}{"content":"two"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`,
    ];
    upstreams[0]!.play({ sends });
    const streams = await Promise.all(Array.from({ length: 50 }, () => ask(url, 'm')));
    started.child.kill('SIGTERM');
    await started.says('SIGTERM: finishing');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await ask(url, 'm')).status).toBe(503);
    rest.open();
    const texts = await Promise.all(streams.map(async (response) => readEvents(await response.text())));
    expect(texts.filter(({ text, done }) => text === 'one two' && done)).toHaveLength(50);
    expect(await started.ended).toBe(0);
    expect(started.output.err).toContain('has stopped');
  });

  it('D1: what is not finished at the deadline ends with an error event', async () => {
    const started = run(['--config', await configured(1), '--drain-ms', '100']);
    const url = await started.firstLine();
    const response = await ask(url, 'm', 'hang');
    started.child.kill('SIGTERM');
    expect(readEvents(await response.text())).toMatchObject({ done: false, error: { code: 'closing' } });
    expect(await started.ended).toBe(0);
  });

  it('a second signal ends it at once', async () => {
    const started = run(['--config', await configured(1)]);
    const url = await started.firstLine();
    const response = await ask(url, 'm', 'hang');
    started.child.kill('SIGINT');
    await started.says('SIGINT: finishing');
    // What comes sooner may be the same signal, passed on.
    await new Promise((resolve) => setTimeout(resolve, 400));
    started.child.kill('SIGINT');
    expect(await started.ended).toBe(130);
    await expect(response.text()).rejects.toThrow();
  });
});
