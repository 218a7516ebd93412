import type { Dispatcher } from 'undici';

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
}
