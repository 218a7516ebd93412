import { hash, randomBytes } from 'node:crypto';
import { RecentMap } from '../defaults/recent-map.ts';
import { isNexusError, NexusError } from '../errors.ts';
import type { Authenticator, Caller, Clock, Credentials } from '../ports/index.ts';

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
 * The same authenticator, which a place that has shown too many wrong keys is kept from for a while. Other places are not
 * concerned, nor are keys that were right there since the first wrong one came: behind one address there may be many.
 *
 * What comes from no known place is not counted: nobody could be told from anybody else.
 */
export function guardedFromGuessing(authenticator: Authenticator, limits: WrongKeyLimits, clock: Clock): Authenticator {
  const places = new RecentMap<string, Place>(MOST_PLACES);
  const right = new RecentMap<string, true>(MOST_RIGHT);
  const pepper = randomBytes(32).toString('base64');
  const digestOf = (key: string): string => hash('sha256', pepper + key, 'base64');

  /** What a place has shown in its present window. */
  const knownOf = (name: string): Place | undefined => {
    const place = places.get(name);
    return place && clock.elapsed() - place.since < limits.windowMs ? place : undefined;
  };
  const wasWrong = (name: string): void => {
    const place = knownOf(name);
    if (place) place.wrong += 1;
    else places.set(name, { since: clock.elapsed(), wrong: 1 });
  };
  const refused = (cause: unknown, name: string): unknown => {
    if (isNexusError(cause) && cause.code === 'unauthenticated') wasWrong(name);
    return cause;
  };

  return {
    ...(authenticator.signingKey && { signingKey: authenticator.signingKey.bind(authenticator) }),
    identify(credentials: Credentials, signal) {
      const { key, address } = credentials;
      const name = key === undefined || address === undefined ? undefined : placeOf(address);
      if (key === undefined || name === undefined) return authenticator.identify(credentials, signal);
      const place = knownOf(name);
      if (place && place.wrong >= limits.most && !right.get(digestOf(key))) throw tooMany(place, limits, clock);
      const admitted = (caller: Caller): Caller => {
        if (place) right.set(digestOf(key), true);
        return caller;
      };
      try {
        const caller = authenticator.identify(credentials, signal);
        if (!(caller instanceof Promise)) return admitted(caller);
        return caller.then(admitted, (cause: unknown) => {
          throw refused(cause, name);
        });
      } catch (cause) {
        throw refused(cause, name);
      }
    },
  };
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
