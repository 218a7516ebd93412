import type { KeyInfo } from '../../key-control.ts';
import type { StoredKey } from '../../ports/index.ts';

/** A stored key as people are shown it: no digest, and nothing that only the hub needs. */
export function keyInfoOf(key: StoredKey, now: number): KeyInfo {
  const [first, ...before] = key.secrets;
  return {
    id: key.id,
    version: key.version,
    name: key.name,
    owner: key.owner,
    role: key.role,
    prefix: first?.prefix ?? '',
    last4: first?.last4 ?? '',
    previous: before.flatMap(({ prefix, last4, validUntilMs }) =>
      validUntilMs !== null && validUntilMs > now ? [{ prefix, last4, validUntilMs }] : [],
    ),
    models: key.models,
    providers: key.providers,
    requestsPerMinute: key.requestsPerMinute,
    tokensPerMinute: key.tokensPerMinute,
    maxConcurrent: key.maxConcurrent,
    budgetUsd: key.budgetUsd,
    priority: key.priority,
    expiresAtMs: key.expiresAtMs,
    allowedAddresses: key.allowedAddresses,
    disabled: key.disabled,
    signature: key.signature,
    createdAtMs: key.createdAtMs,
    updatedAtMs: key.updatedAtMs,
    lastUsedAtMs: key.lastUsedAtMs,
  };
}
