import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { NexusHub } from 'nexusai-hub';
import type { ManualClock } from 'nexusai-hub/testing';
import { gate, manualClock, scriptedProvider } from 'nexusai-hub/testing';

import { RememberedAnswers } from '../../src/remembered-answers.ts';
import { json, TRANSPORTS } from './transports.ts';

let root: string;
let clock: ManualClock;
/** How often the database was copied. */
let made: number;
let goes: () => Promise<void>;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nexusai-hub-repeats-'));
  clock = manualClock();
  made = 0;
  goes = async () => undefined;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(root, { recursive: true });
});

function newHub(): NexusHub {
  const database = {
    ...{ kind: 'text', extension: 'txt' },
    create: async (file: string) => {
      made++;
      await goes();
      writeFileSync(file, String(made));
    },
    check: async (file: string) => ({ schemaVersion: existsSync(file) ? readFileSync(file).length : 0 }),
    restore: () => Promise.reject(new Error('Nobody asks this here.')),
  };
  const hub = new NexusHub({
    providers: { main: scriptedProvider({ says: 'Hi' }) },
    keys: [
      { name: 'ops', key: 'sk-ops-canary', role: 'admin' },
      { name: 'other', key: 'sk-other-canary', role: 'admin' },
    ],
    clock,
    backups: { database, folder: join(root, 'backups'), everyMs: 'off' },
  });
  closing.push(() => hub.close());
  return hub;
}

interface Asked {
  readonly key?: string;
  readonly body?: unknown;
  readonly by?: string;
  readonly path?: string;
}

const init = ({ key = 'one', body = {}, by = 'ops' }: Asked): RequestInit =>
  json(body, { authorization: `Bearer sk-${by}-canary`, 'idempotency-key': key });

describe.each(TRANSPORTS)('over $name', ({ serve }) => {
  type Ask = (asked?: Asked) => Promise<Response>;
  async function asking(): Promise<Ask> {
    const served = await serve(newHub());
    closing.push(() => served.close());
    return (asked = {}) => served.fetch(served.url + (asked.path ?? '/backups'), init(asked));
  }

  it('does what is asked once, and answers the same again', async () => {
    const ask = await asking();
    const first = await ask();
    const body = await first.text();
    await clock.advance(60_000);
    const again = await ask();
    expect([first.status, again.status, made]).toEqual([200, 200, 1]);
    expect(await again.text()).toBe(body);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(again.headers.get('content-type')).toBe('application/json');
  });

  it('refuses the key for another body, another query, and takes it for another path and caller', async () => {
    const ask = await asking();
    await (await ask()).text();
    const other = await ask({ body: { a: 1 } });
    expect([other.status, await other.json()]).toMatchObject([422, { error: { code: 'idempotency_key_reused' } }]);
    const query = await ask({ path: '/backups?a=1' });
    expect(query.status).toBe(422);
    await query.text();
    expect(made).toBe(1);
    await clock.advance(1_000);
    expect((await ask({ by: 'other' })).status).toBe(200);
    expect(made).toBe(2);
    expect((await ask({ path: '/circuits/none/open' })).status).toBe(404);
  });
});

describe('Idempotency-Key', () => {
  const asking =
    (hub: NexusHub) =>
    (asked: Asked = {}) =>
      hub.fetch(`http://hub${asked.path ?? '/backups'}`, init(asked));

  it('waits for the first while that runs', async () => {
    const door = gate();
    goes = () => door.opened;
    const ask = asking(newHub());
    const answers = Promise.all([ask(), ask(), ask()]);
    await clock.advance(10);
    door.open();
    const all = await answers;
    const bodies = await Promise.all(all.map((one) => one.text()));
    expect([new Set(bodies).size, made]).toEqual([1, 1]);
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('does not remember what failed: a repeat tries again, one after the other', async () => {
    goes = () => (made === 1 ? Promise.reject(new Error('no room')) : Promise.resolve());
    const ask = asking(newHub());
    const all = await Promise.all([ask(), ask(), ask()]);
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 500]);
    expect(made).toBe(2);
  });

  it('is forgotten after five minutes, and with the hub', async () => {
    const hub = newHub();
    const ask = asking(hub);
    await ask();
    // By then the audit log is written.
    await clock.advance(50);
    expect(clock.pending).toBe(1);
    await clock.advance(299_950);
    expect(clock.pending).toBe(0);
    await ask();
    expect(made).toBe(2);
    await hub.close();
    expect(clock.pending).toBe(0);
  });

  it.each(['', 'a b', 'x'.repeat(256)])('%j is none', async (key) => {
    const response = await asking(newHub())({ key });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'idempotency-key' } }]);
    expect(made).toBe(0);
  });

  it('is bounded, and says when there is room again', async () => {
    const answers = new RememberedAnswers(clock, 2);
    const remember = async (name: string): Promise<void> => {
      const turn = await answers.turnOf(name, 'digest');
      if (turn.kind === 'first') turn.settle({ status: 200, headers: {}, body: '' });
    };
    const full = { code: 'overloaded', details: { retryAfterMs: 300_000 } };
    await remember('one');
    await remember('two');
    await expect(remember('three')).rejects.toMatchObject(full);
    await clock.advance(300_000);
    await remember('three');
    const byBytes = new RememberedAnswers(clock);
    for (const name of ['one', 'two'])
      await byBytes.turnOf(name, '').then((turn) => {
        if (turn.kind === 'first') turn.settle({ status: 200, headers: {}, body: 'x'.repeat(17 * 1024 * 1024) });
      });
    await expect(byBytes.turnOf('three', '')).rejects.toMatchObject(full);
    byBytes.close();
    answers.close();
  });
});
