import type { LoadOrder } from '../load.ts';
import type { Processes, Worker } from '../processes.ts';
import type { Row } from '../report.ts';
import { byRound, median, spreadOf } from '../statistics.ts';
import { modelOf, WHOLE_MODEL } from '../wire.ts';

/** One measurement of a hub. */
interface Measured {
  readonly cpuUs: number;
  readonly answers: number;
  readonly failed: number;
  readonly perSecond: number;
  /** The longest that a record waited. */
  readonly waitedMs: number;
}

type Load = Pick<LoadOrder, 'model' | 'connections'>;

const STREAM = modelOf({ pieces: 400, paceMs: 0 });
const LOADS: Readonly<Record<string, Load>> = {
  request: { model: WHOLE_MODEL, connections: 64 },
  'stream of 400 events': { model: STREAM, connections: 16 },
};
/** More CPU than this, beside a hub without a ledger, is too much. */
const MOST = 1.1;
const DURABLE_WITHIN_MS = 1_000;
const FOR_MS = 2_500;

/** What a ledger costs a server: a hub with one and a hub without take turns, as fast as they can. */
export async function measureServed(processes: Processes, file: string, rounds: number): Promise<readonly Row[]> {
  const load = processes.start('load-generator', 'others');
  const provider = processes.start('mock-provider', 'others');
  const upstream = `http://127.0.0.1:${await provider.ask('port', null)}`;
  const start = (...more: string[]): Worker =>
    processes.start('hub-server', 'measured', [upstream, WHOLE_MODEL, STREAM, ...more]);
  const without = start();
  const kept = start(`--ledger=${file}`);
  const rows: Row[] = [];
  for (const [what, order] of Object.entries(LOADS)) {
    const [base, ours]: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round <= rounds; round++)
      for (const [hub, measured] of [
        [without, base],
        [kept, ours],
      ] as const) {
        const result = await measure(hub, load, order);
        // The first is for the compiler.
        if (round > 0) measured.push(result);
      }
    rows.push(...rowsOf(what, base, ours));
  }
  return rows;
}

async function measure(hub: Worker, load: Worker, order: Load): Promise<Measured> {
  const port = await hub.ask('port', null);
  await hub.ask('waited', null);
  const before = await hub.ask('usage', null);
  const more = { promptBytes: 0, forMs: FOR_MS, spreadMs: 0, limitMs: 30_000 };
  const { answers, failed, seconds } = await load.ask('load', { ...order, ...more, port });
  const after = await hub.ask('usage', null);
  const waitedMs = await hub.ask('waited', null);
  return { cpuUs: after.cpuUs - before.cpuUs, answers, failed, perSecond: answers / seconds, waitedMs };
}

function rowsOf(what: string, base: readonly Measured[], ours: readonly Measured[]): Row[] {
  const compare = (name: string, unit: string, of: (measured: Measured) => number): Row => ({
    name,
    unit,
    baselineName: 'without',
    baseline: median(base.map(of)),
    ours: median(ours.map(of)),
    comparison: 'ratio',
    compared: spreadOf(byRound(ours.map(of), base.map(of), (mine, other) => mine / other)),
  });
  const waited = ours.map(({ waitedMs }) => waitedMs);
  return [
    {
      ...compare(`CPU of all threads for a ${what}`, 'us', ({ cpuUs, answers }) => cpuUs / answers),
      goal: MOST,
      failed: ours.reduce((sum, { failed }) => sum + failed, 0),
    },
    compare('the same: answers in a second', '1/s', ({ perSecond }) => perSecond),
    {
      name: 'the same: the longest a record waited until it was durable',
      unit: 'ms',
      baselineName: 'without',
      baseline: median(base.map(({ waitedMs }) => waitedMs)),
      ours: median(waited),
      comparison: 'value',
      compared: spreadOf(waited),
      goal: DURABLE_WITHIN_MS,
    },
  ];
}
