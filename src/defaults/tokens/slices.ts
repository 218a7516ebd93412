import { piecesOf } from './cut-text.ts';

/** Some of the pieces of texts: as many as are cut in one turn of the loop. */
export interface Slice {
  readonly pieces: readonly string[];
  /** Characters of the texts it stands for. */
  readonly length: number;
  /** Characters in its pieces; fewer where it is a sample. */
  readonly encoded: number;
  /** Whether all its pieces end where the text breaks. */
  readonly isClean: boolean;
  /** Whether another one follows. */
  readonly hasMore: boolean;
}

/** Characters encoded at the most. Of longer texts it is a part of every `WINDOW`. */
const MOST_ENCODED = 2_000_000;
const WINDOW = 100_000;

/** What is cut in one turn of the loop takes a quarter of a millisecond. */
const SLICE_LENGTH = 10_000;
const SLICE_PIECES = 1_000;

/** Cuts texts into pieces, slice by slice. */
export function* slicesOf(texts: readonly string[]): Generator<Slice> {
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  const sampled = WINDOW * Math.min(1, MOST_ENCODED / total);
  let pieces: string[] = [];
  let [at, length, encoded, isClean] = [0, 0, 0, true];
  for (const text of texts)
    for (const piece of piecesOf(text)) {
      length += piece.text.length;
      if (at % WINDOW < sampled) {
        pieces.push(piece.text);
        encoded += piece.text.length;
        isClean &&= piece.isClean;
      }
      at += piece.text.length;
      if (length < SLICE_LENGTH && pieces.length < SLICE_PIECES) continue;
      yield { pieces, length, encoded, isClean, hasMore: at < total };
      pieces = [];
      [length, encoded, isClean] = [0, 0, true];
    }
  if (length > 0) yield { pieces, length, encoded, isClean, hasMore: false };
}
