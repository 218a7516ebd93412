import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { atMost } from '../at-most.ts';
import { isNexusError, NexusError } from '../errors.ts';
import type { Authenticator, Clock, Logger, NonceStore } from '../ports/index.ts';
import type { ClaimedSignature } from '../signatures/claimed-signature.ts';
import { claimedSignatureOf, dictionaryOf } from '../signatures/claimed-signature.ts';
import { refused } from '../signatures/refused.ts';
import { ALWAYS_COVERED, COVERED_WHERE_SENT, signatureBaseOf } from '../signatures/signature-base.ts';
import type { SignableRequest, SignedHead } from '../signatures/signed-request.ts';
import type { WrongKeys } from './wrong-keys.ts';

/** Whoever waits for a place where nonces are remembered waits no longer than this. */
const NONCE_WITHIN_MS = 1_000;

const SHA256_BYTES = 32;

/** How long signatures count. */
export interface SignatureTimes {
  /** From when one was created, in milliseconds. */
  readonly maxAgeMs: number;
  /** How far the clocks of callers may be off. */
  readonly clockSkewMs: number;
}

interface Needs {
  readonly authenticator: Authenticator;
  readonly nonces: NonceStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Checks signatures over the heads of requests (RFC 9421, `hmac-sha256`), and lets each count once. */
export class SignedRequests {
  readonly #needs: () => Needs;
  readonly #times: SignatureTimes;
  readonly #wrongKeys: WrongKeys | undefined;
  /** In place of the key of a name nobody has: that there is none takes as long to find out. */
  readonly #nobodysKey = randomBytes(SHA256_BYTES);

  constructor(needs: () => Needs, times: SignatureTimes, wrongKeys?: WrongKeys) {
    this.#needs = needs;
    this.#times = times;
    this.#wrongKeys = wrongKeys;
  }

  /**
   * The head of a request whose signature is right. `undefined`: it has none that is meant for a hub, or nobody here
   * could know who signs.
   * @throws NexusError `unauthenticated` naming what is wrong; `rate_limited`, `overloaded`, `nonces_unavailable`.
   */
  async verify(request: SignableRequest): Promise<SignedHead | undefined> {
    const { authenticator, clock } = this.#needs();
    if (!authenticator.signingKey) return undefined;
    const claimed = claimedSignatureOf(request);
    if (!claimed) return undefined;
    const leftMs = this.#timeLeftOf(claimed, clock.now());
    checkCoverage(claimed, request);
    const base = signatureBaseOf(
      claimed.components.map((name) => [name, valueOf(name, request)]),
      claimed.parameters,
    );
    const key = await authenticator.signingKey(claimed.keyId, new AbortController().signal);
    const right = createHmac('sha256', key ?? this.#nobodysKey)
      .update(base)
      .digest();
    const isRight = right.length === claimed.signature.length && timingSafeEqual(right, claimed.signature);
    this.#look(key !== undefined && isRight, claimed, request.address);
    if (!key || !isRight)
      throw refused('Its keyid is not known here, or it was made with another key or over something else.');
    const bodyDigest = bodyDigestOf(claimed, request);
    await this.#spend(claimed, leftMs);
    return { keyId: claimed.keyId, ...(bodyDigest && { bodyDigest }) };
  }

  /**
   * A signature of a place with too many wrong keys is turned away, right or wrong, unless that name has signed rightly
   * there meanwhile: else it could be told which guess was right.
   */
  #look(isRight: boolean, { keyId }: ClaimedSignature, address: string | undefined): void {
    if (!this.#wrongKeys || address === undefined) return;
    // No key has a line break in it.
    const signer = `signed by\n${keyId}`;
    this.#wrongKeys.check(address, isRight ? signer : undefined);
    if (isRight) this.#wrongKeys.wasRight(address, signer);
    else this.#wrongKeys.wasWrong(address);
  }

  /** For how long it could still be shown again. */
  #timeLeftOf({ createdMs, expiresMs = Infinity }: ClaimedSignature, now: number): number {
    const { maxAgeMs, clockSkewMs } = this.#times;
    if (createdMs > now + clockSkewMs) throw refused('It was created in the future; set the clock of its machine.');
    const leftMs = Math.min(expiresMs, createdMs + maxAgeMs) + clockSkewMs - now;
    if (leftMs < 0) throw refused('It has expired; sign each request when it is sent, by a clock that is right.');
    return leftMs;
  }

  async #spend({ keyId, nonce }: ClaimedSignature, leftMs: number): Promise<void> {
    const { nonces } = this.#needs();
    // Clocks of processes that share the nonces are off as those of callers are. Its last moment counts, too.
    const ttlMs = leftMs + this.#times.clockSkewMs + 1;
    // No name has a line break in it.
    const answer = nonces.claim(`${keyId}\n${nonce}`, ttlMs);
    const isNew = typeof answer === 'boolean' ? answer : await this.#answered(answer);
    if (!isNew) throw refused('Its nonce was seen before; sign each request anew, also one that is repeated.');
  }

  async #answered(answer: Promise<boolean>): Promise<boolean> {
    const { clock, logger } = this.#needs();
    const came: { isNew?: boolean; cause: unknown } = { cause: 'no answer in time' };
    const settled = answer.then(
      (isNew) => {
        came.isNew = isNew;
      },
      (cause: unknown) => {
        came.cause = cause;
      },
    );
    await atMost(NONCE_WITHIN_MS, settled, clock);
    if (came.isNew !== undefined) return came.isNew;
    if (isNexusError(came.cause)) throw came.cause;
    logger.warn({ cause: came.cause }, 'nonces of signed requests cannot be checked');
    const mend = 'Ask again later, with a new signature.';
    throw new NexusError('nonces_unavailable', `It cannot be told whether the request was seen before. ${mend}`);
  }
}

/** What decides what the hub does has to be covered, or it could be changed on the way. */
function checkCoverage({ components }: ClaimedSignature, request: SignableRequest): void {
  const sent = COVERED_WHERE_SENT.filter((name) => request.header(name) !== undefined);
  const missing = [...ALWAYS_COVERED, ...sent].filter((name) => !components.includes(name));
  if (missing.length > 0) throw refused(`It does not cover ${missing.join(', ')}.`);
}

function valueOf(component: string, request: SignableRequest): string {
  switch (component) {
    case '@method':
      return request.method;
    case '@authority':
      return authorityOf(request);
    case '@path':
      return pathAndQueryOf(request)[0];
    case '@query':
      return pathAndQueryOf(request)[1];
    default: {
      const value = component.startsWith('@') ? undefined : request.header(component);
      if (value !== undefined) return value.trim();
      throw refused(`It covers ${component}, which the request does not have or which is not taken here.`);
    }
  }
}

/** In lower case, without the port that goes without saying. */
function authorityOf(request: SignableRequest): string {
  const host = request.header('host');
  if (host === undefined) throw refused('The request has no header Host.');
  return host
    .trim()
    .toLowerCase()
    .replace(/:(80|443)?$/, '');
}

/** A query that is missing is signed as the `?` alone. */
function pathAndQueryOf({ target }: SignableRequest): readonly [path: string, query: string] {
  const [local = ''] = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split('#', 1);
  const mark = local.indexOf('?');
  const path = mark < 0 ? local : local.slice(0, mark);
  return [path === '' ? '/' : path, mark < 0 ? '?' : local.slice(mark)];
}

/** The digest of RFC 9530, where it is covered. */
function bodyDigestOf({ components }: ClaimedSignature, request: SignableRequest): Uint8Array | undefined {
  if (!components.includes('content-digest')) return undefined;
  const digest = dictionaryOf(request, 'content-digest').get('sha-256');
  if (digest && 'value' in digest && digest.value.kind === 'bytes' && digest.value.value.length === SHA256_BYTES)
    return digest.value.value;
  throw refused('The header content-digest must have a digest sha-256.');
}
