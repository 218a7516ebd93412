import { isNexusError, NexusError } from '../errors.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { Secret } from './secret.ts';
import { abortError } from './transport-error.ts';

/** A token as its issuer gave it. */
export interface IssuedToken {
  readonly value: string;
  /** Unix milliseconds. Absent: nobody knows; the issuer is then asked before every request. */
  readonly expiresAtMs?: number | undefined;
}

/** Where a token comes from, and how long one is good for. */
export interface TokenRules {
  /** Asks the issuer; `signal` aborts when it takes too long. */
  readonly ask: (context: { readonly signal: AbortSignal; readonly clock: Clock }) => Promise<IssuedToken>;
  /** True for the error of a provider that takes the token for expired. */
  readonly isExpired: (error: NexusError) => boolean;
  /** Renewed in the background from this long before its end on, or from half of its life on. @default 300000 */
  readonly renewEarlyMs?: number;
  /** With no more than this left, requests wait for the new one. @default 60000 */
  readonly waitMs?: number;
  /** How long the issuer may take. @default 30000 */
  readonly patienceMs?: number;
}

/** What using a token needs to know of an attempt. */
export interface TokenContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** A token that expires, shared by all requests of a provider. */
export interface SingleFlightToken {
  /**
   * Sends by `send` with a token that is good. When the provider takes it for expired, it is replaced and the request is
   * repeated once.
   * @throws NexusError what `send` throws; `provider_denied` when there is no token; what the signal says when it aborts.
   */
  use<T>(context: TokenContext, send: (token: Secret) => Promise<T>): Promise<T>;
}

/** However many requests wait, the issuer is asked once. It is asked early, while the old token is still good. */
export function singleFlightToken(rules: TokenRules): SingleFlightToken {
  return new TokenKeeper(rules);
}

/** Pause after a renewal that failed, or did not help: an issuer is not asked once per request. */
const PAUSE_MS = 60_000;

interface HeldToken {
  readonly token: Secret;
  readonly renewAtMs: number;
  readonly waitAtMs: number;
}

class TokenKeeper implements SingleFlightToken {
  readonly #rules: TokenRules;
  #held: HeldToken | undefined;
  #pending: Promise<Secret> | undefined;
  /** Unix milliseconds; before it no renewal is begun while there is a token. */
  #pauseEndsAtMs = 0;

  constructor(rules: TokenRules) {
    this.#rules = rules;
  }

  async use<T>(context: TokenContext, send: (token: Secret) => Promise<T>): Promise<T> {
    const token = await this.#good(context);
    try {
      return await send(token);
    } catch (error) {
      if (!this.#isExpired(error) || context.clock.now() < this.#pauseEndsAtMs) throw error;
      // Another request may have replaced it meanwhile.
      if (this.#held?.token === token) this.#held = undefined;
    }
    const fresh = await this.#good(context);
    try {
      return await send(fresh);
    } catch (error) {
      if (this.#isExpired(error)) this.#pauseEndsAtMs = context.clock.now() + PAUSE_MS;
      throw error;
    }
  }

  #isExpired(error: unknown): boolean {
    return isNexusError(error) && this.#rules.isExpired(error);
  }

  async #good(context: TokenContext): Promise<Secret> {
    const { clock } = context;
    const now = clock.now();
    const held = this.#held;
    if (!held || now >= held.waitAtMs) return orAborted(this.#asked(clock), context.signal);
    if (now >= held.renewAtMs && now >= this.#pauseEndsAtMs) {
      this.#asked(clock).catch(() => {
        this.#pauseEndsAtMs = clock.now() + PAUSE_MS; // The old one is still good: nobody has to hear of it.
      });
    }
    return held.token;
  }

  /** The question that is under way, or a new one. It belongs to all who wait: no one of them can abort it. */
  #asked(clock: Clock): Promise<Secret> {
    this.#pending ??= this.#ask(clock).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #ask(clock: Clock): Promise<Secret> {
    const controller = new AbortController();
    const timer: Timer = clock.schedule(this.#rules.patienceMs ?? 30_000, () => {
      controller.abort(new NexusError('provider_unavailable', 'The service that gives out tokens did not answer.'));
    });
    try {
      const issued = await orAborted(this.#rules.ask({ signal: controller.signal, clock }), controller.signal);
      return this.#keep(issued, clock.now());
    } catch (cause) {
      if (isNexusError(cause)) throw cause;
      throw new NexusError('provider_denied', 'A token for the provider could not be had.', {}, cause);
    } finally {
      timer.cancel();
    }
  }

  #keep({ value, expiresAtMs }: IssuedToken, now: number): Secret {
    if (!/^[\x21-\x7e]+$/.test(value))
      throw new NexusError('provider_denied', 'What was given as a token for the provider is none.');
    const token = new Secret(value);
    const { renewEarlyMs = 300_000, waitMs = 60_000 } = this.#rules;
    const life = (expiresAtMs ?? now) - now;
    // One that is as good as over serves those who waited for it, and nobody else.
    const waitAtMs = now + life - Math.min(waitMs, life / 4);
    const renewAtMs = now + life - Math.min(renewEarlyMs, life / 2);
    this.#held = life > 0 ? { token, renewAtMs, waitAtMs } : undefined;
    return token;
  }
}

/** The promise's outcome, or the signal's, whichever comes first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(abortError(signal));
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}
