/** Longer than what people write without a blank. */
const LONG = 20;

/** True for what was hardly written as a word: with digits or signs in it, letters large and small, or long. */
export function looksLikeKey(text: string): boolean {
  const bare = text.replace(/[.,;:!?)\]}>'"]+$/, '');
  return bare.length >= LONG || /\d|[a-z][A-Z]|[^-.\w'\u0080-\uffff]/.test(bare);
}
