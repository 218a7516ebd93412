import type { Secret } from './secret.ts';

/** Longest text of a provider's that is kept in an error, in characters. */
const MAX_MESSAGE_LENGTH = 500;

/** Shapes of the keys in use: OpenAI, Groq, xAI, Google, Baidu, Hugging Face, JSON web tokens, and bearer headers. */
const KEY_SHAPES =
  /\b(?:sk|pk|rk|gsk|xai|hf|ALTAK|bce-v3)[-_/][-_/.A-Za-z0-9*]{5,}[-_A-Za-z0-9*]|\bAIza[-_A-Za-z0-9]{20,}|\bey[-_A-Za-z0-9]{10,}\.[-_.A-Za-z0-9]{10,}|\bbearer\s+[-_/.=A-Za-z0-9]{6,}/gi;

/** A provider's words, safe to keep: bounded, and with `[secret]` for our key and for whatever looks like one. */
export function masked(text: string, key?: Secret): string {
  const value = key?.reveal() ?? '';
  // Cut first: a pattern never has to look at megabytes. Room is left for a key that straddles the end.
  const bounded = text.slice(0, MAX_MESSAGE_LENGTH * 4);
  const withoutKey = value === '' ? bounded : bounded.replaceAll(value, '[secret]');
  const safe = withoutKey.replace(KEY_SHAPES, '[secret]').trim();
  return safe.length > MAX_MESSAGE_LENGTH ? `${safe.slice(0, MAX_MESSAGE_LENGTH)}…` : safe;
}
