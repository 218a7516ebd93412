import { memoryLedger } from 'nexusai-hub';
import type { Ledger } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';
import { entry, NOON, setUp } from '../views/set-up.ts';

const MINUTE = 60_000;

async function ledgerWith(...entries: Parameters<typeof entry>[0][]): Promise<Ledger> {
  const ledger = memoryLedger();
  await ledger.append(entries.map(entry));
  return ledger;
}

interface List {
  readonly data: readonly { readonly id: string; readonly caller: string }[];
  readonly has_more: boolean;
  readonly next: string | null;
}

describe('GET /conversations', () => {
  it('lists them, the latest first', async () => {
    const { ask } = setUp({
      ledger: await ledgerWith(
        { id: 'a', conversation: 'c1', says: 'Hello there', answers: 'Hi' },
        { id: 'b', conversation: 'c2', caller: 'other', atMs: NOON + MINUTE },
        { id: 'c', conversation: 'c1', model: 'n', atMs: NOON + 2 * MINUTE, says: 'More', position: 2 },
      ),
    });
    expect(await ask('/conversations')).toEqual({
      status: 200,
      body: {
        object: 'list',
        data: [
          {
            object: 'conversation',
            id: 'c1',
            caller: 'app',
            created_at: NOON / 1000,
            last_request_at: NOON / 1000 + 120,
            request_count: 2,
            message_count: 3,
            tokens_usage: { prompt: 16, completion: 8, total: 24, cached: 0, reasoning: 0 },
            cost_nano_usd: 3_000,
            models: ['m', 'n'],
            providers: ['main'],
            preview: 'Hello there',
          },
          expect.objectContaining({ id: 'c2', caller: 'other', preview: null }),
        ],
        has_more: false,
        next: null,
      },
    });
  });

  it.each([
    ['?q=HELLO', ['c1']],
    ['?q=%E4%BD%A0%E5%A5%BD', ['c2']],
    ['?q=c2', ['c2']],
    ['?caller=other', ['c2']],
    ['?model=n', ['c2']],
    [`?from=${NOON / 1000 + 30}`, ['c2']],
    ['?q=nobody', []],
    ['?limit=1', ['c2']],
  ])('%s: %j', async (query, ids) => {
    const { ask } = setUp({
      ledger: await ledgerWith(
        { id: 'a', conversation: 'c1', says: 'Hello there' },
        { id: 'b', conversation: 'c2', caller: 'other', model: 'n', says: '你好', atMs: NOON + MINUTE },
      ),
    });
    const { body } = await ask(`/conversations${query}`);
    expect((body as List).data.map(({ id }) => id)).toEqual(ids);
  });

  it.each(['next', 'id'])('turns pages by %s, each conversation once', async (by) => {
    const samples = Array.from({ length: 25 }, (_, place) => ({
      id: `e${place}`,
      conversation: `c${place}`,
      caller: `caller-${place % 3}`,
      atMs: NOON + Math.floor(place / 2) * MINUTE,
    }));
    const { ask } = setUp({ ledger: await ledgerWith(...samples) });
    const seen: string[] = [];
    let after = '';
    for (let more = true; more;) {
      const { body } = await ask(`/conversations?limit=4${after && `&after=${encodeURIComponent(after)}`}`);
      const { data, has_more, next } = body as List;
      expect(next === null).toBe(!has_more);
      seen.push(...data.map(({ id }) => id));
      after = (by === 'next' ? next : data.at(-1)?.id) ?? '';
      more = has_more;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  it('goes on where it was by next, also when the last conversation went on meanwhile', async () => {
    const { ask, ledger } = setUp({
      ledger: await ledgerWith(
        ...[0, 1, 2, 3].map((place) => ({ id: `e${place}`, conversation: `c${place}`, atMs: NOON - place * MINUTE })),
      ),
    });
    const { body } = await ask('/conversations?limit=2');
    await ledger.append([entry({ id: 'later', conversation: 'c1', atMs: NOON + MINUTE })]);
    const { body: second } = await ask(`/conversations?limit=2&after=${String((body as List).next)}`);
    expect((second as List).data.map(({ id }) => id)).toEqual(['c2', 'c3']);
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=101', 'limit'],
    ['?limit=ten', 'limit'],
    ['?after=~nonsense', 'after'],
    [`?after=~${Buffer.from('[1]').toString('base64url')}`, 'after'],
    [`?q=${'x'.repeat(1_001)}`, 'q'],
    ['?search=x', 'search'],
  ])('%s is refused', async (query, param) => {
    expect(await setUp().ask(`/conversations${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'request_invalid', param } },
    });
  });

  it('an id to go on from that nobody has is not found', async () => {
    expect(await setUp().ask('/conversations?after=gone')).toMatchObject({ status: 404 });
  });
});

describe('GET /conversations/{id}', () => {
  it('has all that was said, other answers beside the first, and every attempt', async () => {
    const { ask } = setUp({
      ledger: await ledgerWith(
        { id: 'a', conversation: 'c1', says: 'Joke?', answers: 'First.' },
        { id: 'b', conversation: 'c1', answers: 'Second.', position: 1, atMs: NOON + MINUTE },
      ),
    });
    const { status, body } = await ask('/conversations/c1');
    expect(status).toBe(200);
    const said = { model: 'm', created_at: NOON / 1000, request_id: 'req_a' };
    expect(body).toMatchObject({
      object: 'conversation',
      id: 'c1',
      caller: 'app',
      message_count: 3,
      messages: [
        {
          ...said,
          position: 0,
          alternative: 0,
          from: 'caller',
          provider: null,
          message: { role: 'user', content: 'Joke?' },
        },
        { ...said, position: 1, alternative: 0, from: 'model', provider: 'main', message: { content: 'First.' } },
        { position: 1, alternative: 1, provider: 'main', request_id: 'req_b', message: { content: 'Second.' } },
      ],
      attempts: [
        { entry_id: 'a', attempt: 1, provider: 'main', prompt_tokens: 8, cost_nano_usd: 1_500, outcome: 'ok' },
        { entry_id: 'b', started_at: '2026-01-15T12:01:00.000Z' },
      ],
    });
  });

  it('N5: of several callers one has to be named, and nobody is taken for another', async () => {
    const { ask } = setUp({
      ledger: await ledgerWith(
        { id: 'a', conversation: 'same', says: 'mine' },
        { id: 'b', conversation: 'same', caller: 'other', says: 'yours' },
      ),
    });
    const refused = await ask('/conversations/same');
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'caller' } } });
    expect(JSON.stringify(refused.body)).toMatch(/Several callers.*app.*other.*Name one/);
    expect(JSON.stringify(refused.body)).not.toMatch(/mine|yours/);
    const { body } = await ask('/conversations/same?caller=other');
    expect(body).toMatchObject({ caller: 'other', messages: [{ message: { content: 'yours' } }] });
    expect(await ask('/conversations/same?caller=stranger')).toMatchObject({ status: 404 });
  });

  it('finds ids with slashes and signs, encoded or not', async () => {
    const { ask } = setUp({ ledger: await ledgerWith({ id: 'a', conversation: 'team/chat 1' }) });
    expect(await ask('/conversations/team%2Fchat%201')).toMatchObject({ status: 200, body: { id: 'team/chat 1' } });
    expect(await ask('/conversations/team/chat%201')).toMatchObject({ status: 200 });
    expect(await ask('/conversations/%E0%A4')).toMatchObject({ status: 400 });
    expect(await ask('/conversations/nobody')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  });

  it('shows a message that is no JSON as it is', async () => {
    const one = entry({ id: 'a', conversation: 'c', says: 'x' });
    const ledger = memoryLedger();
    await ledger.append([{ ...one, messages: [{ position: 0, role: 'user', from: 'caller', json: '{"half' }] }]);
    const { body } = await setUp({ ledger }).ask('/conversations/c');
    expect(body).toMatchObject({ messages: [{ message: '{"half' }] });
  });
});

it('GET /conversations/{id} has as many messages as were asked for, and tells where to go on', async () => {
  const samples = Array.from({ length: 5 }, (_, place) => ({
    id: `e${place}`,
    conversation: 'c1',
    says: `message ${place}`,
    position: place,
    atMs: NOON + place,
  }));
  const { ask, hub } = setUp({ ledger: await ledgerWith(...samples) });
  interface Part {
    readonly messages: readonly { readonly message: { readonly content: string } }[];
    readonly has_more: boolean;
    readonly next: number | null;
  }
  const said: string[] = [];
  let next: number | null | undefined;
  do {
    const { body } = await ask(`/conversations/c1?limit=2${next === undefined ? '' : `&after=${next}`}`);
    const part = body as Part;
    expect(part).toMatchObject({ message_count: 5, has_more: part.next !== null });
    said.push(...part.messages.map(({ message }) => message.content));
    next = part.next;
  } while (next !== null);
  expect(said).toEqual(samples.map(({ says }) => says));
  for (const query of ['limit=0', 'limit=10001', 'after=-1', 'after=x'])
    expect(await ask(`/conversations/c1?${query}`)).toMatchObject({ status: 400 });
  const part = await hub.conversations.get('c1', { callerId: 'app', skip: 4 });
  expect(part.messageLines).toHaveLength(1);
  await expect(hub.conversations.get('c1', { callerId: 'app', skip: -1 })).rejects.toThrow(
    'how many messages come before',
  );
});

it('M1: a conversation of many long messages is not loaded whole', async () => {
  const long = 'x'.repeat(1_000_000);
  const samples = Array.from({ length: 20 }, (_, place) => ({
    id: `e${place}`,
    conversation: 'c1',
    says: long,
    position: place,
    atMs: NOON + place,
  }));
  const { ask } = setUp({ ledger: await ledgerWith(...samples) });
  expect(await ask('/conversations/c1')).toMatchObject({
    status: 200,
    body: { message_count: 20, messages: { length: 8 }, has_more: true, next: 8 },
  });
});
