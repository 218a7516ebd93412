import type { Tiktoken } from 'tiktoken';
import type { Encoding } from '../../openai/tokens/encodings.ts';
import type { Encoder } from './encoder.ts';
import { nextTurn } from './next-turn.ts';

/**
 * Encodes on the loop, a piece in each of its turns: for where no thread can be had. Loading an encoding holds the loop
 * up once, for about 60 ms.
 */
export function encodeInTurns(): Encoder {
  const encoders = new Map<Encoding, Promise<Tiktoken>>();
  const encoderFor = (encoding: Encoding): Promise<Tiktoken> => {
    let encoder = encoders.get(encoding);
    if (!encoder) {
      encoder = import('tiktoken').then(({ get_encoding: load }) => load(encoding));
      encoders.set(encoding, encoder);
    }
    return encoder;
  };
  const encode = async (pieces: readonly string[], encoding: Encoding): Promise<number> => {
    let tokens = 0;
    for (const piece of pieces) {
      // Asked for anew each time: it may have been closed since the last turn.
      tokens += (await encoderFor(encoding)).encode_ordinary(piece).length;
      await nextTurn();
    }
    return tokens;
  };
  // One after the other: several at once would each have their piece in the same turn.
  let last: Promise<unknown> = Promise.resolve();
  return {
    count(pieces, encoding) {
      const counted = last.then(() => encode(pieces, encoding));
      last = counted.catch(() => undefined);
      return counted;
    },
    close() {
      for (const encoder of encoders.values())
        encoder.then(
          (loaded) => {
            loaded.free();
          },
          () => undefined,
        );
      encoders.clear();
    },
  };
}
