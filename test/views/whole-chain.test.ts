import { memoryLedger } from 'nexusai-hub';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { Ledger } from 'nexusai-hub/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { TRANSPORTS } from '../http/transports.ts';
import { ADMIN, NOON, setUp, type SetUp } from './set-up.ts';

const open: SetUp[] = [];
afterEach(async () => {
  for (const { hub } of open.splice(0)) await hub.close();
});

interface Said {
  readonly role: string;
  readonly content: string;
}

const LEDGERS: readonly [string, () => Ledger][] = [
  ['in memory', memoryLedger],
  ['in SQLite', () => sqliteLedger({ file: ':memory:', thread: false })],
];

describe.each(TRANSPORTS)('from a chat over $name', ({ serve }) => {
  it.each(LEDGERS)('to its conversation, its sums and its export, with a ledger %s', async (_where, ledger) => {
    const at = setUp({ ledger: ledger() });
    open.push(at);
    const served = await serve(at.hub);
    const ask = async (path: string, body?: object, key = 'sk-ops-canary'): Promise<Response> => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return served.fetch(served.url + path, { ...more, headers });
    };
    const chat = async (messages: Said[], stream: boolean): Promise<string> => {
      const response = await ask('/v1/chat/completions', { model: 'm', messages, stream }, 'sk-app-canary');
      expect(response.status).toBe(200);
      await response.text();
      return response.headers.get('x-nexus-conversation-id') ?? '';
    };

    const messages = [{ role: 'user', content: 'Where is my invoice?' }];
    const id = await chat(messages, false);
    const more = [...messages, { role: 'assistant', content: 'Hi!' }, { role: 'user', content: '在哪里？' }];
    expect(await chat(more, true)).toBe(id);
    const other = await chat(messages, false);
    expect(other).not.toBe(id);

    const listed = await (await ask('/conversations?q=%E5%9C%A8%E5%93%AA')).json();
    const tokens_usage = { prompt: 16, completion: 8, total: 24, cached: 0, reasoning: 0 };
    const summary = { id, caller: 'app', request_count: 2, message_count: 4, tokens_usage, models: ['m'] };
    expect(listed).toMatchObject({ data: [{ ...summary, preview: 'Where is my invoice?' }], has_more: false });

    const told = (await (await ask(`/conversations/${id}`)).json()) as { messages: { message: Said; from: string }[] };
    expect(told).toMatchObject({ ...summary, attempts: [{ provider: 'main' }, { provider: 'main' }] });
    expect(told.messages.map(({ message, from }) => [from, message.role, message.content])).toEqual([
      ['caller', 'user', 'Where is my invoice?'],
      ['model', 'assistant', 'Hi!'],
      ['caller', 'user', '在哪里？'],
      ['model', 'assistant', 'Hi!'],
    ]);

    expect(await (await ask('/stats')).json()).toMatchObject({
      total_conversations: 2,
      active_sessions: 2,
      tokens_usage: { prompt: 24, completion: 12, total: 36 },
      requests: 3,
      scope: { sums: 'ledger', live: 'process', processes: 1 },
      ledger: { state: 'well', queued: 0, oldest_waiting_ms: 0, written: 3, dropped: 0, failed: 0, last_error: null },
    });
    const lines = (await (await ask('/export/conversations?format=jsonl')).text()).trim().split('\n');
    expect(lines).toHaveLength(6);
    await served.close();
  });
});

it('P1: a ledger that is away is seen in /stats, in a word that names no host', async () => {
  const inner = memoryLedger();
  const cause = Object.assign(new Error('connect ECONNREFUSED db.canary.internal:5432'), { code: 'ECONNREFUSED' });
  const at = setUp({ ledger: { ...inner, append: () => Promise.reject(cause) } });
  open.push(at);
  await at.hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
  await at.clock.advance(5_000);
  const { body } = await at.ask('/stats', ADMIN);
  expect(body).toMatchObject({ requests: 0, ledger: { state: 'away', queued: 1, last_error: 'ECONNREFUSED' } });
  const { ledger } = body as { ledger: { away_since: number; oldest_waiting_ms: number } };
  expect(ledger.away_since).toBeGreaterThanOrEqual(NOON / 1000);
  expect(ledger.oldest_waiting_ms).toBe(5_000);
  expect(JSON.stringify(body)).not.toContain('canary');
  const closing = at.hub.close();
  await at.clock.advance(20_000);
  await closing;
});
