import { isSecretName } from '../masking/secret-names.ts';
import { type ValueMask, valueMask } from '../masking/value-mask.ts';
import type { TextMask } from '../masking/text-mask.ts';

/** More that a member with secrets is called here, without its underscores: a list of `api_keys`, `credentials`. */
const SECRET_NAMES = /(key|secret|token|password|passwd|passphrase|credential|authorization|cookie|pepper)s?$/i;
/** Whose members are secret by any name: nobody knows what a header carries. */
const SECRET_GROUPS = /^(headers|env|environment)$/i;

/**
 * Masks what is kept of changes. More of it than of what is logged, for it is read when nobody can ask any more; and more
 * names are those of secrets, for whole configurations are among it.
 */
export function keptValueMask(mask: TextMask): ValueMask {
  return valueMask(mask, { deepest: 12, widest: 2_000, most: 100_000, isSecret: hides });
}

function hides(name: string): boolean {
  return isSecretName(name) || SECRET_NAMES.test(name.replace(/[-_]/g, '')) || SECRET_GROUPS.test(name);
}
