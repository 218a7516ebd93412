import { encodeInTurns } from './encode-in-turns.ts';
import type { Encoder } from './encoder.ts';
import { EncoderThread } from './encoder-thread.ts';

/**
 * The one thread of the process, for all hubs and adapters in it: an encoding is a table of 30 to 50 MB that never
 * changes.
 */
let shared: { readonly encoder: Encoder; users: number } | undefined;

/** The process's encoder, on behalf of one user. It ends when the last of them has closed; closing twice is harmless. */
export function sharedEncoder(): Encoder {
  let mine: typeof shared;
  return {
    count(pieces, encoding) {
      if (!mine) {
        shared ??= { encoder: new EncoderThread(encodeInTurns()), users: 0 };
        mine = shared;
        mine.users++;
      }
      return mine.encoder.count(pieces, encoding);
    },
    close() {
      const left = mine;
      mine = undefined;
      if (!left || --left.users > 0) return;
      shared = undefined;
      left.encoder.close();
    },
  };
}
