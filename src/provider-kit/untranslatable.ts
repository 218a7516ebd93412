import { NexusError } from '../errors.ts';

/**
 * A request that cannot be said in a provider's language: refused, because an answer to something else would look like
 * an answer to it. `param` is the path of the member (`messages[2].content[0]`), `why` goes on from there and names the
 * mend: it never quotes a value.
 */
export function untranslatable(param: string, why: string): NexusError {
  return new NexusError('request_invalid', `${param} ${why}`, { param });
}
