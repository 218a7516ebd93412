import { hash, randomBytes } from 'node:crypto';
import { RecentMap } from '../defaults/recent-map.ts';
import { isNexusError, NexusError } from '../errors.ts';
import type { Authenticator, Caller, Clock, Credentials } from '../ports/index.ts';
import { isPromise } from '../defaults/is-promise.ts';

/** Places that are remembered, and keys that were right at one of them. */
const MOST_PLACES = 20_000;
const MOST_RIGHT = 20_000;

/** How many wrong keys are looked at. */
export interface WrongKeyLimits {
  /** From one place, within `windowMs`. */
  readonly most: number;
  readonly windowMs: number;
}

interface Place {
  /** Of the window. */
  since: number;
  wrong: number;
}

/**
 * Knows which places have shown too many wrong keys, and keeps them out for a while. Other places are not concerned, nor
 * are keys that were right there since the first wrong one came: behind one address there may be many.
 *
 * What comes from no known place is not counted: nobody could be told from anybody else.
 */
export class WrongKeys {
  readonly #limits: WrongKeyLimits;
  readonly #clock: Clock;
  readonly #places = new RecentMap<string, Place>(MOST_PLACES);
  readonly #right = new RecentMap<string, true>(MOST_RIGHT);
  readonly #pepper = randomBytes(32).toString('base64');
  /** Mostly none was: then nobody has to be looked for. */
  #wasAnyWrong = false;

  constructor(limits: WrongKeyLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * @param key what is shown, where it could have been right before.
   * @throws NexusError `rate_limited` where too much was wrong from there.
   */
  check(address: string, key?: string): void {
    const place = this.#wasAnyWrong ? this.#known(placeOf(address)) : undefined;
    if (!place || place.wrong < this.#limits.most) return;
    if (key === undefined || !this.#right.get(this.#digestOf(key))) throw tooMany(place, this.#limits, this.#clock);
  }

  wasWrong(address: string): void {
    this.#wasAnyWrong = true;
    const name = placeOf(address);
    const place = this.#known(name);
    if (place) place.wrong += 1;
    else this.#places.set(name, { since: this.#clock.elapsed(), wrong: 1 });
  }

  /** Remembers that the key was right, where wrong ones come from, too. */
  wasRight(address: string, key: string): void {
    if (this.#wasAnyWrong && this.#known(placeOf(address))) this.#right.set(this.#digestOf(key), true);
  }

  /** What a place has shown in its present window. */
  #known(name: string): Place | undefined {
    const place = this.#places.get(name);
    return place && this.#clock.elapsed() - place.since < this.#limits.windowMs ? place : undefined;
  }

  #digestOf(key: string): string {
    return hash('sha256', this.#pepper + key, 'base64');
  }
}

/** The same authenticator, which places with too many wrong keys are kept from. */
export function guardedFromGuessing(authenticator: Authenticator, wrongKeys: WrongKeys): Authenticator {
  return {
    ...(authenticator.signingKey && { signingKey: authenticator.signingKey.bind(authenticator) }),
    identify(credentials: Credentials, signal) {
      const { key, address } = credentials;
      if (key === undefined || address === undefined) return authenticator.identify(credentials, signal);
      wrongKeys.check(address, key);
      try {
        const caller = authenticator.identify(credentials, signal);
        if (isPromise(caller)) return notedWhenKnown(caller, address, key, wrongKeys);
        wrongKeys.wasRight(address, key);
        return caller;
      } catch (cause) {
        noteRefusal(cause, address, wrongKeys);
        throw cause;
      }
    },
  };
}

async function notedWhenKnown(
  caller: Promise<Caller>,
  address: string,
  key: string,
  wrongKeys: WrongKeys,
): Promise<Caller> {
  try {
    const known = await caller;
    wrongKeys.wasRight(address, key);
    return known;
  } catch (cause) {
    noteRefusal(cause, address, wrongKeys);
    throw cause;
  }
}

function noteRefusal(cause: unknown, address: string, wrongKeys: WrongKeys): void {
  if (isNexusError(cause) && cause.code === 'unauthenticated') wrongKeys.wasWrong(address);
}

function tooMany({ since }: Place, { windowMs }: WrongKeyLimits, clock: Clock): NexusError {
  const retryAfterMs = Math.max(1, since + windowMs - clock.elapsed());
  return new NexusError('rate_limited', 'Too many wrong API keys have come from this address. Wait before the next.', {
    retryAfterMs,
  });
}

/** One address of IPv4; of IPv6 the network that one customer has: 64 bits. */
function placeOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0'), ...rest);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}
