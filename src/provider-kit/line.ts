import { type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici';

import { systemClock } from '../defaults/clock.ts';
import type { Clock } from '../ports/clock.ts';
import { decoded } from './decoded-body.ts';
import { Exchange, type UpstreamResponse } from './exchange.ts';
import type { Stop } from './stop.ts';
import { connectionError, isDeadSocket } from './transport-error.ts';
import type { TransportOptions } from './transport-options.ts';
import type { UpstreamGuard } from './upstream-guard.ts';

/**
 * A connection that the server gave up while it rested fails within one round trip. Whatever fails later may have been
 * worked on, and paid for: whether that is asked for again is the hub's to say, within its budget of attempts.
 */
const DEAD_WITHIN_MS = 50;

/** The way to one origin through undici. */
export class Line {
  readonly #origin: string;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  readonly #guard: UpstreamGuard | undefined;
  /** Connections made so far. `undefined` where that is not ours to see: another's dispatcher, or a proxy. */
  #connects: number | undefined;

  constructor(origin: string, options: TransportOptions, clock: Clock = systemClock, guard?: UpstreamGuard) {
    this.#origin = origin;
    this.#options = options;
    this.#clock = clock;
    this.#guard = guard;
    this.#dispatcher = options.dispatcher ?? dispatcherFor(origin, options, guard);
    if (!options.dispatcher && this.#dispatcher instanceof Pool) {
      this.#connects = 0;
      this.#dispatcher.on('connect', () => {
        this.#connects = (this.#connects ?? 0) + 1;
      });
    }
  }

  /** Resolves with any status. Rejects with a `NexusError`. */
  ask(
    message: Dispatcher.DispatchOptions,
    signal: AbortSignal | Stop,
    heartbeat: (() => void) | undefined,
  ): Promise<UpstreamResponse> {
    if (!this.#guard || !this.#isProxied) return this.#ask(message, signal, heartbeat);
    return this.#guard.look(this.#clock).then(() => this.#ask(message, signal, heartbeat));
  }

  get #isProxied(): boolean {
    return !this.#options.dispatcher && this.#connects === undefined;
  }

  #ask(
    message: Dispatcher.DispatchOptions,
    signal: AbortSignal | Stop,
    heartbeat: (() => void) | undefined,
  ): Promise<UpstreamResponse> {
    const connectsBefore = this.#connects;
    const exchange = new Exchange(signal, heartbeat, this.#clock);
    const failed = (cause: unknown): Promise<UpstreamResponse> => {
      // No connection was made since: the request went out on a kept one, which the server had given up meanwhile.
      const wasKept = connectsBefore !== undefined && this.#connects === connectsBefore;
      const wasDead = wasKept && isDeadSocket(cause) && exchange.ageMs <= DEAD_WITHIN_MS;
      if (signal.aborted || !wasDead) return Promise.reject(connectionError(cause));
      return this.#askAfresh(message, signal, heartbeat);
    };
    try {
      this.#dispatcher.dispatch(message, exchange);
    } catch (cause) {
      return failed(cause);
    }
    return exchange.answer.then(unpacked, failed);
  }

  async close(): Promise<void> {
    if (!this.#options.dispatcher) await this.#dispatcher.destroy();
  }

  /** Where one kept connection is dead its neighbours mostly are too: the repeat gets one that was never used. */
  async #askAfresh(
    message: Dispatcher.DispatchOptions,
    signal: AbortSignal | Stop,
    heartbeat: (() => void) | undefined,
  ): Promise<UpstreamResponse> {
    const fresh = dispatcherFor(this.#origin, this.#options, this.#guard);
    const exchange = new Exchange(signal, heartbeat, this.#clock);
    try {
      fresh.dispatch(message, exchange);
      return unpacked(await exchange.answer);
    } catch (cause) {
      throw connectionError(cause);
    } finally {
      fresh.close().catch(() => {}); // Resolves when the answer was read; nobody waits for that.
    }
  }
}

/** @throws NexusError `malformed_response` as `decoded` does. */
function unpacked(answer: UpstreamResponse): UpstreamResponse {
  const encoding = answer.headers['content-encoding'];
  return encoding === undefined ? answer : { ...answer, body: decoded(answer.body, encoding) };
}

function dispatcherFor(origin: string, options: TransportOptions, guard: UpstreamGuard | undefined): Dispatcher {
  const { proxy = 'environment', keepAliveMs = 30_000, connectTimeoutMs = 10_000, connections } = options;
  const lookup = guard?.lookup ?? options.lookup;
  const settings = {
    connections: connections ?? null,
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: connectTimeoutMs, ...(lookup ? { lookup } : {}) },
    // How long an answer may take is the hub's to say.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxy === 'environment' && environmentNamesProxy()) return new EnvHttpProxyAgent(settings);
  if (proxy === 'environment' || proxy === false) return new Pool(origin, settings);
  return new ProxyAgent({ ...settings, uri: proxy });
}

function environmentNamesProxy(): boolean {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => Boolean(process.env[name]));
}
