/** Characters that are looked at, spread over the text. */
const SAMPLES = 2_000;

/** Tokens of one UTF-16 unit in `o200k_base`, by kind: fitted to the texts of `npm run bench:tokens`, and rounded. */
const LETTER = 0.17;
const DIGIT = 0.4;
const MARK = 0.7;
const SPACE = 0.15;
const HAN = 0.8;
const WIDE_MARK = 0.9;
const HALF_OF_A_CHARACTER = 0.9;
const OTHER = 0.6;

/** A guess of a text's tokens from some of its characters. Costs the same for any text, however long. */
export function guessTokens(text: string): number {
  const step = Math.max(1, text.length / SAMPLES);
  let tokens = 0;
  let looked = 0;
  for (let place = 0; place < text.length; place += step, looked++)
    tokens += tokensOfUnit(text.charCodeAt(Math.floor(place)));
  return looked === 0 ? 0 : Math.max(1, Math.round((tokens * text.length) / looked));
}

function tokensOfUnit(code: number): number {
  if (code >= 0x4e00 && code <= 0x9fff) return HAN;
  if (code > 0x7f) return ofOthers(code);
  if (code <= 0x20) return SPACE;
  if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) return LETTER;
  return code >= 0x30 && code <= 0x39 ? DIGIT : MARK;
}

/** Emoji and rare characters are two halves each. */
function ofOthers(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return HALF_OF_A_CHARACTER;
  return (code >= 0x3000 && code <= 0x303f) || code >= 0xff00 ? WIDE_MARK : OTHER;
}
