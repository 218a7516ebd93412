import { encodingOf } from '../openai/tokens/encodings.ts';
import type { TokenCount, TokenCounter } from '../ports/token-counter.ts';
import type { Encoder } from './tokens/encoder.ts';
import { guessTokens } from './tokens/guess-tokens.ts';
import { estimationOf } from './tokens/model-families.ts';
import { nextTurn } from './tokens/next-turn.ts';
import { sharedEncoder } from './tokens/shared-encoder.ts';
import { slicesOf } from './tokens/slices.ts';

/** Characters that wait to be encoded at the most; what comes on top is guessed. */
const MOST_WAITING = 8_000_000;

/**
 * Counts with tiktoken, in a thread that begins with the first text and is shared by all counters of the process.
 * Encodings load when they are first needed.
 *
 * Models whose encoding is not to be had are estimated. Of more than 2 million characters a part is counted that is
 * spread over them, and what comes while 8 million wait is guessed; neither is exact.
 */
export function tokenCounter(): Required<TokenCounter> {
  return counterOver(sharedEncoder());
}

/** The same over an encoder of one's own. */
export function counterOver(encoder: Encoder): Required<TokenCounter> {
  let waiting = 0;
  const countAll = async (texts: readonly string[], model: string): Promise<TokenCount> => {
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (length === 0) return { tokens: 0, exact: encodingOf(model) !== undefined };
    if (waiting + length > MOST_WAITING && waiting > 0) return guessed(texts);
    waiting += length;
    try {
      return await counted(texts, model, encoder);
    } finally {
      waiting -= length;
    }
  };
  return {
    count: (text, model) => countAll([text], model),
    countAll,
    close() {
      encoder.close();
    },
  };
}

async function counted(texts: readonly string[], model: string, encoder: Encoder): Promise<TokenCount> {
  const encoding = encodingOf(model);
  const estimation = encoding ? undefined : estimationOf(model);
  if (estimation?.kind === 'rule') return byRule(texts, estimation.tokensOf);
  const counts: Promise<number>[] = [];
  let [encoded, length, isClean] = [0, 0, true];
  for (const slice of slicesOf(texts)) {
    if (slice.pieces.length > 0) {
      const count = encoder.count(slice.pieces, encoding ?? 'o200k_base');
      // One that fails, or is closed, before all slices are cut is told of at the end; until then nobody listens.
      count.catch(() => undefined);
      counts.push(count);
    }
    encoded += slice.encoded;
    length += slice.length;
    isClean &&= slice.isClean;
    if (slice.hasMore) await nextTurn();
  }
  const tokens = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  return {
    tokens: Math.round((tokens * (estimation?.factor ?? 1) * length) / encoded),
    exact: encoding !== undefined && isClean && encoded === length,
  };
}

/** Characters a rule goes over in one turn of the loop: a fifth of a millisecond. */
const RULE_SLICE = 20_000;

async function byRule(texts: readonly string[], tokensOf: (text: string) => number): Promise<TokenCount> {
  let tokens = 0;
  let inTurn = 0;
  for (const text of texts)
    for (let start = 0; start < text.length; start += RULE_SLICE) {
      const slice = text.slice(start, start + RULE_SLICE);
      tokens += tokensOf(slice);
      inTurn += slice.length;
      if (inTurn < RULE_SLICE) continue;
      inTurn = 0;
      await nextTurn();
    }
  return { tokens: Math.floor(tokens), exact: false };
}

function guessed(texts: readonly string[]): TokenCount {
  return { tokens: texts.reduce((sum, text) => sum + guessTokens(text), 0), exact: false };
}
