import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import { isNexusError, NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { AllowedUpstreams, bareHost, withPort } from './allowed-upstreams.ts';
import { isMetadataAddress, isPublicAddress } from './special-addresses.ts';
import type { UpstreamRules } from './transport-options.ts';

/** How long a proxy's name is looked up beside the proxy before it is left to it. */
const LOOK_MS = 2_000;
/** How long what was found for a proxy holds. */
const LOOKED_MS = 30_000;

/**
 * Lets requests through to one server where that stands on the public Internet, or was allowed by its owner.
 *
 * Names are judged by their addresses, at the moment of the connection: the address that was looked at is the one that
 * is connected to. All addresses of a name have to be allowed, not just the first.
 */
export class UpstreamGuard {
  readonly #host: string;
  readonly #port: string;
  readonly #allowed: AllowedUpstreams;
  readonly #resolve: LookupFunction;
  #looked: { readonly untilMs: number; readonly answer: Promise<void> } | undefined;

  constructor(url: URL, { allowedUpstreams = [] }: UpstreamRules, resolve: LookupFunction = systemLookup) {
    this.#host = bareHost(url.hostname);
    this.#port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? '') : url.port;
    this.#allowed = new AllowedUpstreams(allowedUpstreams);
    this.#resolve = resolve;
  }

  /** The server as it stands in a list of allowed ones. */
  get server(): string {
    return withPort(this.#host, this.#port);
  }

  /** What can be said without looking a name up. */
  get isAllowedAsWritten(): boolean {
    if (isIP(this.#host) !== 0) return this.#mayReach(this.#host);
    return this.#isNamed || !isLocalName(this.#host);
  }

  /** Looks a name up for a socket, which then connects to what was looked at, and to nothing else. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.#resolve(host, { ...options, all: true }, (error, found, family) => {
      const addresses = error ? [] : listOf(found, family);
      const [first] = addresses;
      if (error) callback(error, []);
      else if (!first || !addresses.every(({ address }) => this.#mayReach(address)))
        callback(this.#refusal(addresses), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

  /**
   * For a proxy, which looks the name up by itself: what is found here is judged, what is not found in time is left to it.
   * @throws NexusError `provider_blocked`
   */
  look(clock: Clock): Promise<void> {
    const nowMs = clock.elapsed();
    if (!this.#looked || nowMs >= this.#looked.untilMs)
      this.#looked = { untilMs: nowMs + LOOKED_MS, answer: this.#look(clock) };
    return this.#looked.answer;
  }

  #look(clock: Clock): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(LOOK_MS, resolve);
      this.lookup(this.#host, { all: true }, (error) => {
        timer.cancel();
        if (isNexusError(error)) reject(error);
        else resolve();
      });
    });
  }

  get #isNamed(): boolean {
    return this.#allowed.hasHost(this.#host, this.#port);
  }

  /** A name that was allowed opens private networks; what a machine is told about itself only opens by its address. */
  #mayReach(address: string): boolean {
    if (isPublicAddress(address) || this.#allowed.hasAddress(address, this.#port)) return true;
    return this.#isNamed && !isMetadataAddress(address);
  }

  /** Whoever calls is not told what is where; the cause, which stays in the hub, is for its owner. */
  #refusal(found: readonly LookupAddress[]): NexusError {
    const addresses = found.map(({ address }) => address).join(', ');
    const cause = new Error(`${this.server} is at ${addresses}, which is not on the public Internet and not allowed.`);
    const message =
      "The provider's server is on a network this hub does not connect to. Its owner can allow it: security, allowed upstreams.";
    return new NexusError('provider_blocked', message, {}, cause);
  }
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Names that lead to this machine, or are known in its own network alone (RFC 6761, RFC 8375, and ICANN for internal). */
function isLocalName(host: string): boolean {
  return !host.includes('.') || /\.(?:localhost|localdomain|local|internal|home\.arpa|lan)$/.test(host);
}

/** What a resolver found; some give one address however they are asked. */
function listOf(found: string | readonly LookupAddress[], family: number | undefined): LookupAddress[] {
  if (typeof found === 'string') return [{ address: found, family: family ?? isIP(found) }];
  return found.map(({ address, family: its }) => ({ address, family: its }));
}
