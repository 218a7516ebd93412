import type { AttemptLine, UsageGroup, UsageRow } from '../../ports/index.ts';
import { UsageSums } from '../../storage-kit/usage-sums.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Sums of lines by group, in the order of the groups. */
export function usageOf(lines: readonly AttemptLine[], groupBy: readonly UsageGroup[]): UsageRow[] {
  const groups = new Map<string, { readonly group: UsageRow['group']; readonly sums: UsageSums }>();
  for (const line of lines) {
    const values = groupBy.map((by) => VALUES[by](line));
    const name = JSON.stringify(values);
    let found = groups.get(name);
    if (!found) {
      const group = Object.fromEntries(groupBy.map((by, place) => [by, values[place] ?? null]));
      groups.set(name, (found = { group, sums: new UsageSums() }));
    }
    found.sums.add(line);
  }
  return [...groups.values()]
    .map(({ group, sums }) => sums.row(group))
    .sort((one, other) => compare(one.group, other.group, groupBy));
}

const VALUES: Readonly<Record<UsageGroup, (line: AttemptLine) => string | null>> = {
  model: ({ model }) => model,
  provider: ({ providerId }) => providerId,
  key: ({ callerId }) => callerId,
  hour: ({ startedAtMs }) => beginningOf(startedAtMs, HOUR_MS),
  day: ({ startedAtMs }) => beginningOf(startedAtMs, DAY_MS),
};

function beginningOf(ms: number, unitMs: number): string {
  return new Date(Math.floor(ms / unitMs) * unitMs).toISOString();
}

function compare(one: UsageRow['group'], other: UsageRow['group'], groupBy: readonly UsageGroup[]): number {
  for (const by of groupBy) {
    const [left, right] = [one[by] ?? '', other[by] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
