import { isNexusError, NexusError } from '../errors.ts';

/** What the system's codes mean to the owner of a folder. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'no room is left on its disk. Make room, or name a folder on another disk',
  EDQUOT: 'its quota of the disk is used up. Make room, or name another folder',
  EACCES: 'this process has no right to do so. Give it the right, or name another folder',
  EPERM: 'this process has no right to do so. Give it the right, or name another folder',
  EROFS: 'its disk can only be read. Name another folder',
  ENOTDIR: 'a file is where its folder should be. Name another folder',
  EEXIST: 'something else is there already. Move it away, or name another one',
  ENOENT: 'it does not exist. Check its name',
  EISDIR: 'it is a folder. Name a file',
};

/** What went wrong with a file or a database, said to its owner. What was said already stays as it is. */
export function storageError(what: string, cause: unknown): NexusError {
  if (isNexusError(cause)) return cause;
  const reason = MEANINGS[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
  return new NexusError('storage_failed', `${what}: ${reason.replace(/\.$/, '')}.`, {}, cause);
}

/** Whether something failed for want of room. Databases say `full` in their own way. */
export function isWantOfRoom(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return ['ENOSPC', 'EDQUOT', 'full'].includes(codeOf(cause)) || isWantOfRoom(cause.cause);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
