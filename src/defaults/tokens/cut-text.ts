/** A part of a text to be encoded by itself. */
export interface Piece {
  readonly text: string;
  /** Whether the text breaks where the piece ends, so that the tokens of its pieces are the tokens of the whole. */
  readonly isClean: boolean;
}

/**
 * Longest piece, in UTF-16 units. An encoder needs the square of the length of a word without a break (200,000 times
 * "a": 18 s); so a piece takes 2 ms at the most (as many Chinese characters without a mark between them), usually a
 * twentieth of that.
 */
export const LONGEST_PIECE: number = 384;

/** How far back a break is looked for. */
const LOOK_BACK = 200;

const DIGIT = /\p{N}/u;
const LETTER = /\p{L}/u;
const SPACE = /\s/u;
/** What encodings join to the word before it: accents, and apostrophes (`don't`). */
const JOINS = /[\p{M}'\u2019]/u;

/**
 * Cuts a text where all of OpenAI's encodings break it anyway: behind a letter or a digit before something that is
 * neither, between a letter and a digit, and before a space. The tokens are the same then. A word that is longer than a
 * piece is cut inside, never inside a character.
 * @param longest length of a piece at the most; 2 at least.
 */
export function* piecesOf(text: string, longest: number = LONGEST_PIECE): Generator<Piece> {
  for (let start = 0; start < text.length;) {
    const most = start + longest;
    if (most >= text.length) {
      yield { text: start === 0 ? text : text.slice(start), isClean: true };
      return;
    }
    const clean = breakBefore(text, most, Math.max(start, most - LOOK_BACK));
    const end = clean ?? (isInsideCharacter(text, most) ? most - 1 : most);
    yield { text: text.slice(start, end), isClean: clean !== undefined };
    start = end;
  }
}

/** The last place up to `most` where the text surely breaks; none before `least`. */
function breakBefore(text: string, most: number, least: number): number | undefined {
  for (let place = most; place > least; place--) if (isBreak(text, place)) return place;
  return undefined;
}

/**
 * Whether every encoding breaks the text before `place`. Spaces, marks and accents before it decide nothing: they may
 * belong to what follows.
 */
function isBreak(text: string, place: number): boolean {
  const before = text.charAt(place - 1);
  const after = text.charAt(place);
  if (SPACE.test(before)) return false;
  if (after === ' ' || after === '\t') return true;
  // Half a character says nothing about itself.
  if (isSurrogate(before) || isSurrogate(after)) return false;
  if (DIGIT.test(before)) return !DIGIT.test(after) && !JOINS.test(after);
  return LETTER.test(before) && !LETTER.test(after) && !JOINS.test(after);
}

function isInsideCharacter(text: string, place: number): boolean {
  const before = text.charCodeAt(place - 1);
  const after = text.charCodeAt(place);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

function isSurrogate(character: string): boolean {
  const code = character.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff;
}
