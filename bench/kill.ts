/** `npm run bench:kill`: kills a server under load at 50 moments (or `-- 200`), and looks at what it has left. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { buildServer } from './build.ts';
import { type Killed, type KillOrder, killServer } from './kill/kill-server.ts';
import { conditionsOf, withReport } from './report.ts';

const PAGE = fileURLToPath(new URL('../docs/ledger.md', import.meta.url));
const MOST_MISSING_MS = 1_000;
const WHOLE_RUN = 50;

const kills = Number(process.argv[2] ?? WHOLE_RUN);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const [loadBefore = 0] = loadavg();
const rows: string[] = [];
let faults = 0;
const program = await buildServer();
try {
  // Both at once: most of the time a server starts.
  const run = (durability: KillOrder['durability'], itsSeed: number): Promise<Killed> => {
    const told = (kill: object): void => console.log(durability, JSON.stringify(kill));
    return killServer({ program: program.fileOf('main'), durability, kills, seed: itsSeed, told });
  };
  const [acknowledged, batched] = await Promise.all([run('acknowledged', seed), run('batched', seed + 1)]);
  for (const [durability, killed] of Object.entries({ acknowledged, batched })) {
    rows.push(rowOf(durability, killed));
    faults += faultsOf(durability, killed);
  }
} finally {
  program.remove();
}
const how = `two servers at once, each with its provider and 16 clients on the loopback; moments of seed ${seed}`;
const head =
  '| `durability` | kills | answers whose end was seen | missing | first of them before the kill | databases sound | said at a restart |';
const table = [conditionsOf(how, loadBefore), '', head, '| --- | --: | --: | --: | --: | --: | --: |', ...rows].join(
  '\n',
);
const report = await format(table, { parser: 'markdown', printWidth: 120 });
console.log(`\n${report}`);
if (kills >= WHOLE_RUN) {
  const page = withReport(readFileSync(PAGE, 'utf8'), report.trim());
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
  console.log('written to docs/ledger.md');
}
if (faults > 0) process.exitCode = 1;

function rowOf(durability: string, { kills: all, toldOf }: Killed): string {
  const ends = all.reduce((sum, kill) => sum + kill.ends, 0);
  const missing = all.reduce((sum, kill) => sum + kill.missing, 0);
  const longest = Math.max(...all.map(({ missingForMs }) => missingForMs));
  const sound = all.filter(({ database }) => database === 'ok').length;
  const before = missing === 0 ? '' : `${Math.ceil(longest)} ms`;
  return `| \`${durability}\` | ${[all.length, ends, missing, before, sound, toldOf].join(' | ')} |`;
}

/** Kills after which something is not as it has to be. */
function faultsOf(durability: string, { kills: all, toldOf }: Killed): number {
  const isLost = (missing: number, forMs: number): boolean =>
    durability === 'acknowledged' ? missing > 0 : forMs > MOST_MISSING_MS;
  const broken = all.filter((kill) => kill.database !== 'ok' || isLost(kill.missing, kill.missingForMs));
  return broken.length + all.length - toldOf;
}
