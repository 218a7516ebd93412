import { isNexusError } from 'nexusai-hub';
import { Problem } from './problem.ts';

/** Of an error that says itself what is wrong and how to mend it, its words; any other stays as it is. */
export function problemOf(cause: unknown): unknown {
  if (cause instanceof Problem) return cause;
  const isTold = isNexusError(cause) || (cause instanceof Error && ['LedgerError', 'BackupError'].includes(cause.name));
  return isTold ? new Problem((cause as Error).message, { cause }) : cause;
}
