import { hash, subtle, timingSafeEqual } from 'node:crypto';
import { NexusError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import { refused } from '../signatures/refused.ts';
import type { SignedHead } from '../signatures/signed-request.ts';
import type { Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';

/** A longer body is digested in another thread: so long this one can be kept waiting, some hundred microseconds. */
const LONG_BODY_BYTES = 256 * 1024;

/**
 * The exchange to go on with: of a signed request one that tells who signed it, and gives no body but the one that was
 * signed. What is not signed goes on as it is, and at once.
 * @throws NexusError `unauthenticated`, `rate_limited`, `overloaded`, `nonces_unavailable`
 */
export function verified(exchange: Exchange, gateway: Gateway): Exchange | Promise<Exchange> {
  if (!gateway.verify || exchange.header('signature-input') === undefined) return exchange;
  return gateway.verify(exchange).then((head) => (head ? signedExchange(exchange, head) : exchange));
}

function signedExchange(exchange: Exchange, head: SignedHead): Exchange {
  return exchangeAround(exchange, {
    signedBy: head.keyId,
    parsedBody: () => {
      if (exchange.parsedBody === undefined) return undefined;
      const mend = 'Mount the hub before what parses bodies.';
      throw new NexusError(
        'request_invalid',
        `The body of a signed request must be read as it came, but was parsed before the hub. ${mend}`,
      );
    },
    body: async (limitBytes, came) => {
      const bytes = await exchange.body(limitBytes, came);
      await checkDigest(bytes, head.bodyDigest);
      return bytes;
    },
  });
}

async function checkDigest(bytes: Uint8Array, signed: Uint8Array | undefined): Promise<void> {
  if (!signed) {
    if (bytes.length > 0) throw refused('The request has a body, but the signature does not cover content-digest.');
    return;
  }
  const digest =
    bytes.length > LONG_BODY_BYTES
      ? new Uint8Array(await subtle.digest('SHA-256', bytes))
      : hash('sha256', bytes, 'buffer');
  if (!timingSafeEqual(digest, signed)) throw refused('The body is not the one that content-digest tells of.');
}
