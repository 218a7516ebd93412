import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where processes run: the measured one alone on a core, the others on another. */
export interface Cores {
  readonly measured: number;
  readonly others: number;
}

/** The two cores of a run; `undefined` where processes cannot be pinned, or there is only one core. */
export function chooseCores(): Cores | undefined {
  const [others, measured] = allowedCores();
  if (others === undefined || measured === undefined) return undefined;
  return spawnSync('taskset', ['-c', String(measured), 'true']).status === 0 ? { measured, others } : undefined;
}

function allowedCores(): readonly number[] {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    return coresIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  } catch {
    return []; // Not Linux.
  }
}

/** The numbers in a list such as `0,2-4`. */
export function coresIn(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return [];
    return Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, place) => Number(first) + place);
  });
}
