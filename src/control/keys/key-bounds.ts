import { isAllWithin } from '../../address-list.ts';
import { nanoUsdOf } from '../../defaults/nano-usd.ts';
import type { StoredKey } from '../../ports/index.ts';
import type { Actor } from '../../request-audit.ts';

/** A bound of the giver's own key that another key does not keep. */
export interface BrokenBound {
  /** As the API calls it. */
  readonly member: string;
  readonly rule: string;
}

/**
 * The first bound of a caller's own key that a key is looser than. A caller without any bound may give anything; one that
 * has some gives at most its own priority, too, or it could pass everybody who waits.
 */
export function boundBrokenBy(by: Actor, key: StoredKey): BrokenBound | undefined {
  const { budgetUsd, expiresAtMs, allowedAddresses } = key;
  const spent = nanoUsdOf({ day: budgetUsd.day ?? undefined, month: budgetUsd.month ?? undefined });
  const numbers: readonly (readonly [member: string, own: number | undefined, given: number | null | undefined])[] = [
    ['rpm', by.requestsPerMinute, key.requestsPerMinute],
    ['tpm', by.tokensPerMinute, key.tokensPerMinute],
    ['max_concurrent', by.maxConcurrent, key.maxConcurrent],
    ['budget_usd.day', by.budgetNanoUsd?.day, spent.day],
    ['budget_usd.month', by.budgetNanoUsd?.month, spent.month],
    ['expires_at', by.expiresAtMs, expiresAtMs],
  ];
  for (const [member, own, given] of numbers)
    if (own !== undefined && (given ?? Infinity) > own) return { member, rule: 'no more than that' };
  if (by.allowedAddresses && !(allowedAddresses && isAllWithin(allowedAddresses, by.allowedAddresses)))
    return { member: 'allowed_addresses', rule: 'some within those' };
  if (by.signature === 'required' && key.signature !== 'required') return { member: 'signature', rule: 'the same' };
  if (!isFree(by) && key.priority > (by.priority ?? 0)) return { member: 'priority', rule: 'none that is higher' };
  return undefined;
}

/** No limit, list, end or rule of any kind. */
function isFree({ id: _id, role: _role, request: _request, signature, ...bounds }: Actor): boolean {
  return signature !== 'required' && Object.keys(bounds).length === 0;
}
