/**
 * `npm run bench:control`: what keys, configuration, the vault and the audit log cost in process. Each row is measured
 * beside its baseline, in turns; the median counts. `npm run bench:control -- audit`: the audit log alone, which is printed
 * and written nowhere.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import type { ProviderKinds } from 'nexusai-hub/provider-kit';
import { completionOf } from 'nexusai-hub/testing';
import { format, resolveConfig } from 'prettier';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const MARK = /(<!-- bench-control -->\n)[\s\S]*?(\n<!-- \/bench-control -->)/;
const MASTER_KEYS = ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'];
const OTHER_KEYS = ['a1c4e7f2b5d8093c6f1a4e7d0b3c69f8e2d5b8a1c4f70e3d6b9a2c5f8e1d4b70'];
const MESSAGES = [{ role: 'user' as const, content: 'Hello' }];

/** A kind whose providers answer at once. */
const kinds: ProviderKinds = {
  instant: {
    make: ({ models = [] }) => ({ kind: 'instant', models, open: async ({ model }) => completionOf('Hi', model) }),
  },
};

const rows: (readonly [what: string, value: string, goal: string])[] = [];

function hubWith(options: Partial<NexusHubOptions> = {}, models = ['m']): NexusHub {
  const document = { providers: [{ id: 'main', kind: 'instant', models }], limits: { requests_per_second: 1e9 } };
  return new NexusHub({ providers: {}, ...options, control: { kinds, document, ...options.control } });
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

/** Microseconds a call, the median of batches. */
async function timed(run: () => Promise<unknown>, calls: number): Promise<number> {
  const batches: number[] = [];
  for (let batch = 0; batch < 25; batch++) {
    const startedAt = performance.now();
    for (let call = 0; call < calls; call++) await run();
    batches.push(((performance.now() - startedAt) * 1_000) / calls);
  }
  return median(batches);
}

/** What looking up a key and asking for a permission takes, over a hub that needs no key. */
async function keys(): Promise<void> {
  const open = hubWith();
  await open.ready();
  const keyed = hubWith({ keys: [{ name: 'app', key: 'a-key-of-the-bench-0001' }] });
  await keyed.ready();
  const { secret } = await keyed.admin.keys.create({ name: 'stored' });
  const signal = new AbortController().signal;
  const asks: [string, NexusHub, string | undefined][] = [
    ['nobody', open, undefined],
    ['a configured key', keyed, 'a-key-of-the-bench-0001'],
    ['a stored key', keyed, secret.reveal()],
  ];
  for (const [what, hub, key] of asks) {
    const ask = async (): Promise<unknown> => hub.authorize({ via: 'http', ...(key && { key }) }, 'chat', signal);
    await timed(ask, 2_000);
    rows.push([`who asks, and may they: ${what}`, `${(await timed(ask, 2_000)).toFixed(1)} us`, '5 us']);
  }
  await Promise.all([open.close(), keyed.close()]);
}

/** A configuration with a thousand models is changed while requests go on. */
async function epochs(): Promise<void> {
  const models = Array.from({ length: 1_000 }, (_, place) => `model-${String(place)}`);
  const hub = hubWith({}, models);
  await hub.ready();
  const ask = (): Promise<unknown> => hub.chat.completions.create({ model: 'model-7', messages: MESSAGES });
  for (let call = 0; call < 2_000; call++) await ask();
  const took: number[] = [];
  const slowest: number[] = [];
  for (let change = 1; change <= 20; change++) {
    let longest = 0;
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        const askedAt = performance.now();
        await ask();
        longest = Math.max(longest, performance.now() - askedAt);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const startedAt = performance.now();
    await hub.admin.config.apply({ limits: { requests_per_second: 1e9 + change } });
    took.push(performance.now() - startedAt);
    isOver = true;
    await load;
    slowest.push(longest);
  }
  rows.push(['a change of a configuration with 1,000 models', `${median(took).toFixed(0)} ms`, '100 ms']);
  rows.push(['the slowest request beside it', `${median(slowest).toFixed(0)} ms`, 'none slow']);
  await hub.close();
}

/** Ten thousand secrets are sealed anew while requests go on. */
async function rotation(folder: string): Promise<void> {
  const file = join(folder, 'rotation.db');
  const providers = Array.from({ length: 200 }, (_, place) => ({
    id: `p${String(place)}`,
    kind: 'instant',
    models: ['m'],
    api_keys: Array.from({ length: 50 }, (_key, own) => `key-${String(place)}-${String(own)}-of-the-bench`),
  }));
  const first = new NexusHub({
    providers: {},
    database: sqliteDatabase({ file, thread: false }),
    control: { kinds, masterKeys: MASTER_KEYS, document: { providers } },
  });
  await first.ready();
  await first.close();
  const database = sqliteDatabase({ file, thread: false });
  const hub = new NexusHub({
    providers: {},
    limits: { requestsPerSecond: Infinity },
    database,
    control: { kinds, masterKeys: [...OTHER_KEYS, ...MASTER_KEYS], document: { providers } },
  });
  await hub.ready();
  let [asked, failed, isOver] = [0, 0, false];
  const load = (async () => {
    while (!isOver) {
      await hub.chat.completions.create({ model: 'm', messages: MESSAGES }).catch(() => failed++);
      asked++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const startedAt = performance.now();
  const { rotated } = await hub.admin.vault.rotate();
  const seconds = (performance.now() - startedAt) / 1_000;
  isOver = true;
  await load;
  rows.push([
    `${String(rotated)} secrets sealed anew, with ${String(asked)} requests beside`,
    `${seconds.toFixed(1)} s, ${String(failed)} failed`,
    '0 failed',
  ]);
  await hub.close();
}

/**
 * What it costs that each request is written down: by HTTP's handler, in process, in turns. The tenth part of a hundred
 * batches each that took least is compared.
 */
async function audit(folder: string): Promise<void> {
  const hubs = await Promise.all(
    (['all', 'admin'] as const).map(async (requests) => {
      const database = sqliteDatabase({ file: join(folder, `${requests}.db`) });
      const hub = hubWith({
        database,
        audit: { requests },
        control: {
          kinds,
          masterKeys: MASTER_KEYS,
          document: {
            providers: [{ id: 'main', kind: 'instant', models: ['m'] }],
            limits: { requests_per_second: 1e9 },
          },
        },
      });
      await hub.ready();
      return hub;
    }),
  );
  const body = JSON.stringify({ model: 'm', messages: MESSAGES });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const costs: [number[], number[]] = [[], []];
  for (let round = 0; round < 104; round++)
    for (const place of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const hub = hubs[place];
      if (!hub) continue;
      const startedAt = process.cpuUsage();
      for (let call = 0; call < 400; call++) {
        await (await hub.fetch('http://hub/v1/chat/completions', init)).text();
        // As over a socket: whoever never lets the loop turn measures requests without what is written behind them.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await hub.audit.settled();
      const { user, system } = process.cpuUsage(startedAt);
      if (round >= 4) costs[place].push((user + system) / 400);
    }
  // Whatever else runs on a machine makes batches dearer, never cheaper: the cheap ones tell what is ours.
  const [withEntry = NaN, without = NaN] = costs.map((all) => all.toSorted((one, other) => one - other)[10]);
  const added = `${(withEntry - without).toFixed(0)} us on ${without.toFixed(0)} us`;
  rows.push([
    'CPU of a request with an entry of the audit log, over one without',
    `${(withEntry / without).toFixed(2)} x (${added})`,
    '1.05 x',
  ]);
  await Promise.all(hubs.map((hub) => hub.close()));
}

const isAuditAlone = process.argv[2] === 'audit';
const [loadBefore = 0] = loadavg();
const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-bench-control-'));
const delay = monitorEventLoopDelay();
delay.enable();
try {
  if (!isAuditAlone) {
    await keys();
    await epochs();
    await rotation(folder);
  }
  await audit(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const table = [
  '| what | measured | goal |',
  '| --- | --: | --: |',
  ...rows.map((row) => `| ${row.join(' | ')} |`),
].join('\n');
const style = { ...(await resolveConfig(PAGE)), parser: 'markdown' };
const report = await format(
  `Load before the run: ${loadBefore.toFixed(1)}. Node ${process.version}.\n\n${table}\n`,
  style,
);
console.log(report);
const page = readFileSync(PAGE, 'utf8');
if (MARK.test(page) && !isAuditAlone) writeFileSync(PAGE, page.replace(MARK, `$1\n${report.trim()}\n$2`));
