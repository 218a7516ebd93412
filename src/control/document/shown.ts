import type { StoredJson } from '../../ports/config-store.ts';
import type { Keyed } from './keyed.ts';
import { isMark, mapSecrets, shownSecret } from './secrets.ts';

/** A keyed document as people may see it: of each secret its last letters at the most. */
export function shownOf(keyed: Keyed): Keyed {
  return mapSecrets(keyed, (value): StoredJson => (isMark(value) ? shownSecret(value) : 'sk-…'));
}
