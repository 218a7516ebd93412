import { NexusError } from '../../errors.ts';
import type { SealError } from './seal-error.ts';

/** What is told of a secret that does not open: which, why, and the mend. Ids of keys tell nothing of them. */
export function undecryptable(id: string, cause: SealError, keyIds: readonly string[]): NexusError {
  return new NexusError('secret_undecryptable', wordsOf(id, cause, keyIds.join(', ')), {}, cause);
}

function wordsOf(id: string, { reason, keyId = '' }: SealError, here: string): string {
  switch (reason) {
    case 'key_missing':
      return `The secret ${id} is sealed with the master key ${keyId}, which is not here; there are: ${here}. Add it as an older one.`;
    case 'key_failed':
      return `The master key ${keyId} does not seal or open what it is given. Look after the service behind it.`;
    case 'damaged':
      return `The secret ${id} was changed where it is stored, or moved there from another row. Set it anew.`;
    case 'missing':
      return `The secret ${id} is not stored here. Set it anew.`;
    default:
      return reason satisfies never;
  }
}
