import { atMost } from './at-most.ts';
import type { Parts } from './parts.ts';
import type { Logger, Provider } from './ports/index.ts';

/** Closes everything that can be closed. `withinMs`: what hangs is waited for no longer. */
export async function closeParts(
  providers: Readonly<Record<string, Provider>>,
  { circuit, flow, limiter, tokens, ...last }: Parts,
  withinMs: number,
): Promise<void> {
  const { shelves, store, nonces, quota, sessions, books, live, clock, logger } = last;
  const first = { ...providers, 'circuit breaker': circuit, 'flow control': flow, limiter, 'token counter': tokens };
  await atMost(withinMs, closeAll(first, logger), clock);
  // What parts write while they close is still taken.
  const shared = { store, 'nonce store': nonces, quota, ledger: books, 'session tracker': sessions };
  const wanted = { 'live counters': live ?? {}, 'answer cache': shelves ?? {} };
  await atMost(withinMs, closeAll({ ...shared, ...wanted }, logger), clock);
}

/** Each by itself: one that fails or hangs does not keep the others open. */
async function closeAll(parts: Readonly<Record<string, { close?(): unknown }>>, logger: Logger): Promise<void> {
  await Promise.all(
    Object.entries(parts).map(async ([name, part]) => {
      try {
        await part.close?.();
      } catch (cause) {
        logger.warn({ part: name, cause }, 'a part did not close');
      }
    }),
  );
}
