import { createHash } from 'node:crypto';
import { NexusError } from '../errors.ts';
import type { Caller } from '../ports/index.ts';
import type { RememberedAnswers, Turn, WholeAnswer } from '../remembered-answers.ts';
import { tooLarge } from './body.ts';
import type { Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';
import { ADMIN_BODY_BYTES } from './json-body.ts';

const PLAIN_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Runs a request that may say `Idempotency-Key`: the same request of the same caller with the same key is done once, and
 * answered again with `idempotent-replayed: true`, also while the first still runs. What failed is not remembered: a
 * repeat tries again.
 * @throws NexusError `idempotency_key_reused`, `request_invalid`, `overloaded`, and what `run` throws
 */
export async function runOnce(
  exchange: Exchange,
  caller: Caller,
  answers: RememberedAnswers,
  run: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  const key = exchange.header('idempotency-key');
  if (key === undefined) {
    await run(exchange);
    return;
  }
  if (!PLAIN_KEY.test(key))
    throw new NexusError('request_invalid', 'The header Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      param: 'idempotency-key',
    });
  const read = await bodyOf(exchange);
  const name = [caller.id, exchange.method, exchange.path, key].map(encodeURIComponent).join(' ');
  const turn = await answers.turnOf(name, digestOf(exchange, read));
  if (turn.kind === 'repeat') {
    const { status, headers, body } = turn.answer;
    const own = { ...headers, 'x-request-id': exchange.header('x-request-id') ?? headers['x-request-id'] ?? '' };
    exchange.answer(status, { ...own, 'idempotent-replayed': 'true' }, body);
    return;
  }
  await runFirst(exchange, read, turn, run);
}

async function runFirst(
  exchange: Exchange,
  read: Uint8Array | undefined,
  { settle }: Extract<Turn, { kind: 'first' }>,
  run: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  let answer: WholeAnswer | undefined;
  const noted = exchangeAround(exchange, {
    answer: (status, headers, body) => {
      if (status < 400) answer = { status, headers, body };
      exchange.answer(status, headers, body);
    },
    ...(read && {
      body: async (limitBytes) => {
        if (read.length > limitBytes) throw tooLarge(limitBytes);
        return read;
      },
    }),
  });
  try {
    await run(noted);
  } finally {
    settle(answer);
  }
}

/** As it was sent; `undefined` where somebody has parsed it. */
async function bodyOf(exchange: Exchange): Promise<Uint8Array | undefined> {
  return exchange.parsedBody === undefined ? exchange.body(ADMIN_BODY_BYTES) : undefined;
}

/** Of all that says what is to be done. */
function digestOf(exchange: Exchange, read: Uint8Array | undefined): string {
  const hash = createHash('sha256').update(`${exchange.query}\n${exchange.header('if-match') ?? ''}\n`);
  return hash.update(read ?? JSON.stringify(exchange.parsedBody)).digest('base64');
}
