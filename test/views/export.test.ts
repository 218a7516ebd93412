import { memoryLedger } from 'nexusai-hub';
import type { AttemptLine, Ledger, MessageLine } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';
import { SOCKETS, TRANSPORTS } from '../http/transports.ts';
import { readCsv } from './read-csv.ts';
import { ADMIN, entry, NOON, setUp } from './set-up.ts';

const turn = (): Promise<unknown> => new Promise(setImmediate);

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const SAID = [
  'Hello, "world"',
  'a\r\nb',
  '你好 👋🏽',
  '=1+1',
  '+1',
  '-1',
  '@x',
  '\t=1',
  '\n=1',
  '＝1',
  '',
  "it's",
  ' =1',
];
const entries = SAID.map((says, place) => entry({ id: `e${place}`, conversation: 'c', says, position: place }));

async function filled(): Promise<Ledger> {
  const ledger = memoryLedger();
  await ledger.append(entries);
  return ledger;
}

describe('conversations', () => {
  it.each(['json', 'jsonl'] as const)('%s has every message as it was', async (format) => {
    const { hub } = setUp({ ledger: await filled() });
    const text = await textOf(hub.conversations.export({ format }));
    const rows = (
      format === 'json'
        ? JSON.parse(text)
        : text
            .trimEnd()
            .split('\n')
            .map((line): unknown => JSON.parse(line))
    ) as {
      text: string;
      message: { content: string };
    }[];
    expect(rows.map((row) => row.message.content)).toEqual(SAID);
    expect(rows.map((row) => row.text)).toEqual(SAID);
    expect(rows[0]).toEqual({
      conversation_id: 'c',
      caller: 'app',
      position: 0,
      role: 'user',
      from: 'caller',
      at: '2026-01-15T12:00:00.000Z',
      model: 'm',
      provider: null,
      request_id: 'req_e0',
      text: SAID[0],
      message: { role: 'user', content: SAID[0] },
    });
  });

  it('csv has them, and no field that a spreadsheet runs', async () => {
    const { hub } = setUp({ ledger: await filled() });
    const [names = [], ...rows] = readCsv(await textOf(hub.conversations.export({ format: 'csv' })));
    const place = names.indexOf('text');
    expect(rows.map((row) => row[place])).toEqual(
      SAID.map((text) => (/^[=+\-@\t\n＝]/.test(text) ? `'${text}` : text)),
    );
    expect(rows.flat().filter((field) => /^[=+\-@\t\r\n＝＋－＠]/.test(field))).toEqual([]);
    const messages = rows.map((row) => JSON.parse(row[names.indexOf('message')] ?? '') as { content: string });
    expect(messages.map(({ content }) => content)).toEqual(SAID);
  });

  it('stays JSON where a message is none, or stands on several lines', async () => {
    const [one] = entries;
    if (!one) throw new Error();
    const message = (position: number, json: string) => ({ position, role: 'user', from: 'caller', json }) as const;
    const ledger = memoryLedger();
    await ledger.append([{ ...one, messages: [message(0, '{"half'), message(1, '{\r\n  "content":\n "x y"\n}')] }]);
    const { hub } = setUp({ ledger });
    const text = await textOf(hub.conversations.export({ format: 'jsonl' }));
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: unknown; text: string });
    expect(rows.map((row) => [row.message, row.text])).toEqual([
      ['{"half', '{"half'],
      [{ content: 'x y' }, 'x y'],
    ]);
    expect(JSON.parse(await textOf(hub.conversations.export({ format: 'json' })))).toHaveLength(2);
  });
});

describe('statistics', () => {
  it('S11: csv has an empty field, JSON null, for what nobody knows', async () => {
    const one = entry({ id: 'a' });
    const ledger = memoryLedger();
    await ledger.append([{ ...one, record: { ...one.record, attempts: [], outcome: 'error', error: 'no_target' } }]);
    const { hub } = setUp({ ledger });
    const [row] = JSON.parse(await textOf(hub.stats.export({ format: 'json' }))) as Record<string, unknown>[];
    expect(row).toMatchObject({
      attempt: 0,
      is_last: true,
      prompt_tokens: null,
      cost_nano_usd: null,
      error: 'no_target',
    });
    const [names = [], values] = readCsv(await textOf(hub.stats.export({ format: 'csv' })));
    expect(names).toEqual(Object.keys(row ?? {}));
    expect(values).toEqual(
      Object.values(row ?? {}).map((value) => (value === null ? '' : `${value as string | number}`)),
    );
  });

  it.each(['csv', 'json', 'jsonl'] as const)('%s of nothing is whole, too', async (format) => {
    const { hub } = setUp();
    const text = await textOf(hub.stats.export({ format }));
    if (format === 'csv') expect(readCsv(text)).toHaveLength(1);
    else expect(format === 'json' ? JSON.parse(text) : text).toEqual(format === 'json' ? [] : '');
  });

  it('is of a part, and tells how far it is', async () => {
    const ledger = memoryLedger();
    await ledger.append([entry({ id: 'a' }), entry({ id: 'b', atMs: NOON + 1 }), entry({ id: 'c', caller: 'other' })]);
    const { hub } = setUp({ ledger });
    const told: number[] = [];
    const part = { format: 'jsonl', callerId: 'app', toMs: NOON + 1 } as const;
    const text = await textOf(hub.stats.export({ ...part, told: (rows) => told.push(rows) }));
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(told).toEqual([1]);
  });

  it.each([
    [{ format: 'xml' as never }, 'format'],
    [{ format: 'csv' as const, fromMs: 2, toMs: 1 }, 'to'],
  ])('refuses %j before it begins', async (query, param) => {
    const { hub } = setUp();
    await expect(textOf(hub.stats.export(query))).rejects.toMatchObject({
      code: 'request_invalid',
      details: { param },
    });
  });
});

describe.each(TRANSPORTS)('over $name', ({ serve }) => {
  it.each([
    ['/export/stats', 'text/csv; charset=utf-8; header=present', 'nexus-stats-2026-01-15.csv'],
    ['/export/stats?format=json', 'application/json; charset=utf-8', 'nexus-stats-2026-01-15.json'],
    [
      '/export/conversations?format=jsonl',
      'application/x-ndjson; charset=utf-8',
      'nexus-conversations-2026-01-15.jsonl',
    ],
  ])('%s is a file', async (path, type, name) => {
    const { hub } = setUp({ ledger: await filled() });
    const at = await serve(hub);
    const response = await at.fetch(at.url + path, ADMIN);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
    const text = await response.text();
    if (name.endsWith('.csv')) expect(readCsv(text)).toHaveLength(SAID.length + 1);
    else if (name.endsWith('.json')) expect(JSON.parse(text)).toHaveLength(SAID.length);
    else expect(text.trimEnd().split('\n')).toHaveLength(SAID.length);
    await at.close();
    await hub.close();
  });

  it('bom=true tells Excel that it is UTF-8', async () => {
    const { hub } = setUp({ ledger: await filled() });
    const at = await serve(hub);
    const begins = async (query: string): Promise<number | undefined> =>
      new Uint8Array(await (await at.fetch(`${at.url}/export/stats${query}`, ADMIN)).arrayBuffer())[0];
    expect([await begins('?bom=true'), await begins('?bom=false'), await begins('')]).toEqual([0xef, 101, 101]);
    await at.close();
    await hub.close();
  });

  it('an error in the middle is no whole file', async () => {
    const ledger = brittle(10_000, 5_000);
    const { hub } = setUp({ ledger });
    const at = await serve(hub);
    for (const format of ['csv', 'json', 'jsonl']) {
      const response = await at.fetch(`${at.url}/export/stats?format=${format}`, ADMIN);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
    }
    await at.close();
    await hub.close();
  });

  it('an error before the first row has a status of its own', async () => {
    const { hub } = setUp({ ledger: brittle(10, 0) });
    const at = await serve(hub);
    const response = await at.fetch(`${at.url}/export/stats`, ADMIN);
    expect([response.status, response.headers.get('content-disposition')]).toEqual([503, null]);
    await response.text();
    await at.close();
    await hub.close();
  });

  it('M1: nothing more is read for a client that left', async () => {
    const ledger = brittle(Infinity, Infinity);
    const { hub } = setUp({ ledger });
    const at = await serve(hub);
    const controller = new AbortController();
    const response = await at.fetch(`${at.url}/export/stats`, { ...ADMIN, signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort();
    await reader?.read().catch(() => undefined);
    while (!ledger.isLetGo()) await turn();
    await at.close();
    await hub.close();
  });

  it('M1: no more is read than the client takes', async () => {
    const ledger = brittle(Infinity, Infinity);
    const { hub } = setUp({ ledger });
    const at = await serve(hub);
    const response = await at.fetch(`${at.url}/export/stats`, ADMIN);
    const reader = response.body?.getReader();
    await reader?.read();
    let before = -1;
    // Until everything between here and there is full.
    while (before !== ledger.read()) {
      before = ledger.read();
      for (let turns = 0; turns < 200; turns++) await turn();
    }
    // 100,000 rows are 30 MB; what sockets hold is less.
    expect(ledger.read()).toBeLessThan(100_000);
    await reader?.cancel();
    while (!ledger.isLetGo()) await turn();
    await at.close();
    await hub.close();
  });
});

it('there are transports with sockets among them', () => {
  expect(SOCKETS.length).toBeGreaterThan(2);
});

/** A ledger with so many lines, whose reading breaks after some of them. */
function brittle(count: number, breaksAfter: number): Ledger & { read(): number; isLetGo(): boolean } {
  const inner = memoryLedger();
  let read = 0;
  let isLetGo = false;
  async function* lines(): AsyncGenerator<AttemptLine> {
    try {
      for (read = 0; read < count; read++) {
        if (read === breaksAfter) throw new Error('canary: the disk is gone');
        yield* lineOf(read);
      }
    } finally {
      isLetGo = true;
    }
  }
  return { ...inner, attempts: lines, messages: () => none(), read: () => read, isLetGo: () => isLetGo };
}

async function* none(): AsyncGenerator<MessageLine> {
  // It has none.
}

const LINE: Promise<AttemptLine[]> = (async () => {
  const ledger = memoryLedger();
  await ledger.append([entry({ id: 'a' })]);
  const lines: AttemptLine[] = [];
  for await (const line of ledger.attempts({})) lines.push(line);
  return lines;
})();

async function* lineOf(number: number): AsyncGenerator<AttemptLine> {
  for (const line of await LINE) yield { ...line, entryId: `e${number}` };
}
