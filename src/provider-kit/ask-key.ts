import { isNexusError, NexusError } from '../errors.ts';
import type { Secret } from './secret.ts';

/**
 * The key for one request; at once where its source has it. It never throws: it rejects with `provider_denied` when its
 * source fails or gives no key, for the hub then has no key to ask with.
 */
export function askKey(source: () => Secret | Promise<Secret>): Secret | Promise<Secret> {
  try {
    const key = source();
    return key instanceof Promise ? key.catch((cause: unknown) => Promise.reject(denied(cause))) : key;
  } catch (cause) {
    return Promise.reject(denied(cause));
  }
}

function denied(cause: unknown): NexusError {
  if (isNexusError(cause) && cause.code === 'provider_denied') return cause;
  return new NexusError('provider_denied', 'The key for the provider could not be had.', {}, cause);
}
