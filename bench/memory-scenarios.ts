import type { Extent } from './http-scenarios.ts';
import type { Contender, Kind } from './in-process-runs.ts';
import type { MicroRun } from './micro.ts';
import type { Processes } from './processes.ts';
import type { Row } from './report.ts';
import { byRound, median, spreadOf } from './statistics.ts';

const CONTENDERS: readonly Contender[] = ['bare', 'hub', 'openai'];
/** How long one piece runs in a round, beside a whole measurement. */
const PIECE_PART = 1 / 20;

/** Calls and streams in process, over a canned `fetch`: what the hub and the OpenAI SDK add to it. */
export async function runCalls(
  processes: Processes,
  { rounds, forMs }: Extent,
  tell: (line: string) => void,
): Promise<readonly Row[]> {
  const worker = processes.start('in-process', 'measured');
  const rows: Row[] = [];
  for (const [kind, what, goal] of [
    ['call', 'a call in process', 30],
    ['chunk', 'a chunk of a stream in process', 2],
  ] as const satisfies readonly (readonly [Kind, string, number])[]) {
    const costs: Record<Contender, number[]> = { bare: [], hub: [], openai: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const contender of CONTENDERS) {
        const us = await worker.ask('inProcess', { kind, contender, forMs: round === 0 ? forMs : forMs / 3 });
        if (round > 0) costs[contender].push(us);
      }
      tell(`  ${what}: ${round === 0 ? 'warmed up' : `round ${round} of ${rounds}`}`);
    }
    rows.push(...rowsOf(what, costs, goal));
  }
  await processes.stop(worker);
  return rows;
}

/** What is added to the bare `fetch`, beside nothing and beside what the SDK adds. */
function rowsOf(
  what: string,
  { bare, hub, openai }: Readonly<Record<Contender, readonly number[]>>,
  goal: number,
): Row[] {
  const added = (costs: readonly number[]): number[] => byRound(costs, bare, (cost, fetch) => cost - fetch);
  const overSdk = spreadOf(byRound(added(hub), added(openai), (ours, sdk) => ours / sdk));
  return [
    {
      name: `${what}: CPU over bare fetch`,
      unit: 'us',
      baselineName: 'fetch',
      baseline: median(bare),
      ours: median(hub),
      comparison: 'difference',
      compared: spreadOf(added(hub)),
      goal,
    },
    {
      name: `${what}: what is added to fetch`,
      unit: 'us',
      baselineName: 'OpenAI SDK',
      baseline: median(added(openai)),
      ours: median(added(hub)),
      comparison: 'ratio',
      compared: overSdk,
    },
  ];
}

/** The hot pieces, each beside the plain way of doing the same. */
export async function runPieces(processes: Processes, { forMs }: Extent): Promise<readonly Row[]> {
  const worker = processes.start('in-process', 'measured');
  const runs = await worker.ask('micro', { forMs: forMs * PIECE_PART });
  await processes.stop(worker);
  return runs.map(pieceRow);
}

function pieceRow({ name, unit, baseline, ours, plain, ratio }: MicroRun): Row {
  const sides = { baselineName: `${baseline}:`, baseline: plain, ours };
  return { name, unit, ...sides, comparison: 'ratio', compared: ratio };
}
