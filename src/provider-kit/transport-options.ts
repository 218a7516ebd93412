import type { LookupFunction } from 'node:net';

import type { Dispatcher } from 'undici';

/** Where the servers of providers may be. */
export interface UpstreamRules {
  /**
   * Whether they may be on this machine, on private networks, and at other addresses that are not of the public Internet.
   * @default true
   */
  readonly allowPrivateUpstreams?: boolean;
  /**
   * Those that may all the same, where others may not: hosts, with a port or for all ports, and networks, such as
   * `llm.internal:8000`, `10.1.2.3` and `10.1.2.0/24`.
   */
  readonly allowedUpstreams?: readonly string[];
}

/** How an adapter's requests travel. */
export interface TransportOptions {
  /** URL every path is put behind; may have a path of its own. */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asks by this instead of undici: tests, other runtimes. */
  readonly fetch?: typeof globalThis.fetch;
  /** An undici dispatcher to use, such as a `MockAgent`; it stays the owner's to close. */
  readonly dispatcher?: Dispatcher;
  /**
   * `environment`: what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say. `false`: none. Or the URL of one.
   * @default 'environment'
   */
  readonly proxy?: 'environment' | false | (string & {});
  /** Connections to the provider at most. @default no limit */
  readonly connections?: number;
  /** How long an unused connection is kept. @default 30000 */
  readonly keepAliveMs?: number;
  /** @default 10000 */
  readonly connectTimeoutMs?: number;
  /**
   * Where the server may be. It holds for connections that are made here: of a `fetch` or a dispatcher of your own, and
   * of a proxy, only the URL can be looked at.
   */
  readonly security?: UpstreamRules;
  /** Looks names up for new connections. @default `lookup` of node:dns */
  readonly lookup?: LookupFunction;
}
