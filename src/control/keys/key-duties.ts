import { NexusError } from '../../errors.ts';
import { DAY_WITHIN_MONTH, isDayWithinMonth } from '../../key-values.ts';
import type { StoredKey } from '../../ports/index.ts';
import type { Actor } from '../../request-audit.ts';
import type { Roles } from '../../roles.ts';
import { boundBrokenBy } from './key-bounds.ts';

/** What there is in a hub that keys may name. */
export interface Known {
  readonly roles: Roles;
  readonly providerIds: () => readonly string[];
}

/**
 * Refuses a budget of a day over that of its month, one of which may have been there before.
 * @throws NexusError `request_invalid`
 */
export function checkBudget({ budgetUsd }: Pick<StoredKey, 'budgetUsd'>): void {
  if (!isDayWithinMonth(budgetUsd)) throw wrong('budget_usd.day', `${DAY_WITHIN_MONTH}.`);
}

/**
 * Refuses what names nothing of this hub: a key like that could do nothing, and nobody would know why.
 * @throws NexusError `request_invalid`
 */
export function checkNames({ role, providers }: Pick<StoredKey, 'role' | 'providers'>, known: Known): void {
  if (!known.roles.has(role)) throw wrong('role', `there is no such role. Roles: ${known.roles.names.join(', ')}.`);
  const ids = known.providerIds();
  const missing = providers?.find((id) => !ids.includes(id));
  if (missing !== undefined)
    throw wrong('providers', `there is no provider ${JSON.stringify(missing)}. Providers: ${ids.join(', ')}.`);
}

/**
 * Nobody gives a key what it does not have itself, and nobody takes over a key that may do more: who may change a key can
 * make it show a new secret.
 * @throws NexusError `forbidden`
 */
export function checkReach(by: Actor, key: StoredKey, { roles }: Known): void {
  const more = roles.beyond(by, key.role);
  if (more.length > 0) {
    const [permission = ''] = more;
    const message = `The role "${key.role}" may do more than yours: ${more.join(', ')}. Keys are made and changed by those who may do all that they may.`;
    throw new NexusError('forbidden', message, { permission });
  }
  const signed = <Of extends Actor | StoredKey>(one: Of): Of =>
    roles.mustSign(one) ? { ...one, signature: 'required' } : one;
  const broken = boundBrokenBy(signed(by), signed(key));
  if (broken) {
    const { member, rule } = broken;
    const message = `${member}: your own key has a bound here: a key of yours needs one, too, and ${rule}.`;
    throw new NexusError('forbidden', message, { param: member });
  }
  checkWithin('models', by.models, key.models);
  checkWithin('providers', by.providers, key.providers);
}

function checkWithin(
  what: 'models' | 'providers',
  own: readonly string[] | undefined,
  given: readonly string[] | null,
): void {
  if (!own || given?.every((name) => own.includes(name)) === true) return;
  throw new NexusError('forbidden', `Your own key has a list of ${what}: a key of yours needs one within that.`, {
    param: what,
  });
}

function wrong(param: string, rule: string): NexusError {
  return new NexusError('request_invalid', `${param}: ${rule}`, { param });
}
