import { AddressList } from '../../address-list.ts';
import { nanoUsdOf } from '../../defaults/nano-usd.ts';
import { NexusError } from '../../errors.ts';
import type { Caller, StoredKey, StoredSecret } from '../../ports/index.ts';

/** How a caller has shown that it is who it is. */
export type ShownBy = 'secret' | 'signature' | 'session';

/** A personal key that is known, ready to be asked at every request. */
export class KnownKey {
  readonly key: StoredKey;
  readonly caller: Caller;
  /** From then on nobody comes in by this secret. */
  readonly #endsAtMs: number;
  readonly #addresses: AddressList | undefined;

  constructor(key: StoredKey, secret?: StoredSecret) {
    this.key = key;
    this.caller = callerOf(key);
    this.#endsAtMs = Math.min(key.expiresAtMs ?? Infinity, secret?.validUntilMs ?? Infinity);
    this.#addresses = key.allowedAddresses ? new AddressList(key.allowedAddresses) : undefined;
  }

  /**
   * Lets its caller in.
   * @throws NexusError `unauthenticated` where it counts no more, or its requests must be signed; `forbidden` from
   * elsewhere than it may be used
   */
  admit(shownBy: ShownBy, address: string | undefined, now: number): Caller {
    if (now >= this.#endsAtMs) throw this.#ended(now);
    if (this.key.disabled) throw refused('This API key is disabled. Whoever runs this hub can enable it again.');
    if (shownBy === 'secret' && this.key.signature === 'required')
      throw refused('This API key takes signed requests only. Sign them with it in place of sending it.');
    if (this.#addresses && !this.#addresses.has(address))
      throw new NexusError('forbidden', 'This API key may not be used from the address that the request came from.');
    return this.caller;
  }

  #ended(now: number): NexusError {
    const isOver = now >= (this.key.expiresAtMs ?? Infinity);
    return refused(
      isOver
        ? 'This API key has expired. Ask whoever runs this hub for another one.'
        : 'This API key was replaced by a newer one, which has to be used now.',
    );
  }
}

function refused(message: string): NexusError {
  return new NexusError('unauthenticated', message);
}

function callerOf(key: StoredKey): Caller {
  const { id, role, models, providers, requestsPerMinute, tokensPerMinute, maxConcurrent, budgetUsd, priority } = key;
  const { expiresAtMs, allowedAddresses, signature } = key;
  const { day, month } = budgetUsd;
  return {
    id,
    role,
    ...(models && { models }),
    ...(providers && { providers }),
    ...(requestsPerMinute !== null && { requestsPerMinute }),
    ...(tokensPerMinute !== null && { tokensPerMinute }),
    ...(maxConcurrent !== null && { maxConcurrent }),
    ...((day ?? month) !== null && { budgetNanoUsd: nanoUsdOf({ day: day ?? undefined, month: month ?? undefined }) }),
    ...(priority !== 0 && { priority }),
    ...(expiresAtMs !== null && { expiresAtMs }),
    ...(allowedAddresses && { allowedAddresses }),
    ...(signature === 'required' && { signature }),
  };
}
