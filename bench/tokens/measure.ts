import { get_encoding } from 'tiktoken';

import { tokenCounter } from '../../src/defaults/token-counter.ts';
import { guessTokens } from '../../src/defaults/tokens/guess-tokens.ts';
import type { CountErrors } from './errors.ts';
import { errorsOf } from './errors.ts';
import type { TextKind } from './texts.ts';
import { TEXT_KINDS, textsOf } from './texts.ts';

/** Counts of one kind of text by one way of counting, held against tiktoken on the whole text. */
export interface TokenRow extends CountErrors {
  readonly kind: TextKind;
  readonly way: string;
}

/** Measures every kind of text, with so many texts of each. */
export async function measureTokens(textsPerKind: number): Promise<readonly TokenRow[]> {
  const counter = tokenCounter();
  const o200k = get_encoding('o200k_base');
  const cl100k = get_encoding('cl100k_base');
  const truth = {
    o200k: (text: string) => o200k.encode_ordinary(text).length,
    cl100k: (text: string) => cl100k.encode_ordinary(text).length,
  };
  const guess: typeof counter.count = (text) => Promise.resolve({ tokens: guessTokens(text), exact: false });
  const rows: TokenRow[] = [];
  try {
    for (const kind of TEXT_KINDS) {
      const texts = textsOf(kind, textsPerKind);
      const add = async (way: string, ...how: [typeof truth.o200k, typeof guess, string]): Promise<void> => {
        rows.push({ kind, way, ...(await errorsOf(texts, ...how)) });
      };
      await add('o200k_base', truth.o200k, counter.count, 'gpt-4o');
      await add('cl100k_base', truth.cl100k, counter.count, 'gpt-4');
      await add('guess', truth.o200k, guess, '');
    }
  } finally {
    counter.close();
    o200k.free();
    cl100k.free();
  }
  return rows;
}
