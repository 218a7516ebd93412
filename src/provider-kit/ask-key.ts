import { isNexusError, NexusError } from '../errors.ts';
import type { Secret } from './secret.ts';

/**
 * The key for one request.
 * @throws NexusError `provider_denied` when its source fails or gives no key: the hub has no key to ask with.
 */
export async function askKey(source: () => Promise<Secret>): Promise<Secret> {
  try {
    return await source();
  } catch (cause) {
    if (isNexusError(cause) && cause.code === 'provider_denied') throw cause;
    throw new NexusError('provider_denied', 'The key for the provider could not be had.', {}, cause);
  }
}
