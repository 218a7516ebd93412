/** Shortest key that opens everything, in characters. */
const SHORTEST = 16;
/** With fewer different characters it is a pattern that somebody typed. */
const FEWEST_DIFFERENT = 6;

/** Words people put where a key is due: defaults of known servers, and what stands for one in examples. */
const WORDS =
  /^(?:sk|nx[ah]|my|the|your|a|nexus|nexusai|hub|default|super|master|root|admin|administrator|api|user|test|demo|example|change|replace|this|it|me|secret|key|token|pass|password|passwd|letmein|welcome|qwerty|x)+$/;

/**
 * What is wrong with a key that opens everything; `undefined` where nothing can be said against it. The key itself is not
 * in the text.
 */
export function weaknessOf(key: string): string | undefined {
  if (key.length < SHORTEST) return `expected at least ${SHORTEST} characters`;
  const letters = key.toLowerCase().replace(/[^a-z]+/g, '');
  if (letters === '' || WORDS.test(letters) || new Set(key).size < FEWEST_DIFFERENT)
    return 'expected a key that nobody can guess, not words or numbers that stand for one';
  return undefined;
}
