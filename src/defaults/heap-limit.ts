import { getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';

const MEGABYTE = 1024 * 1024;

/**
 * The most JavaScript's heap may hold of what is large or lives for long, in bytes. V8's own number counts the young
 * generation in, up to 192 MB that take none of it: with `--max-old-space-size=96` it says 288 MB, and the process ends
 * at 96. So what the process or the worker was told counts where that is less.
 */
export function heapLimitBytes(
  allBytes: number = getHeapStatistics().heap_size_limit,
  flags: string = `${process.env['NODE_OPTIONS'] ?? ''} ${process.execArgv.join(' ')}`,
  ofWorkerMb: number = resourceLimits.maxOldGenerationSizeMb ?? Infinity,
): number {
  const told = [...flags.matchAll(/--max[-_]old[-_]space[-_]size=(\d+)/g)].at(-1)?.[1];
  const toldMb = Number(told ?? Infinity);
  // 0 is V8's word for "not told".
  return Math.min(allBytes, ...[toldMb, ofWorkerMb].filter((mb) => mb > 0).map((mb) => mb * MEGABYTE));
}
