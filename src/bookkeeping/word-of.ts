/** What went wrong, in a word: the code of an error, or else its name. Messages name hosts and accounts; the log has them. */
export function wordOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const words = ['code' in cause ? cause.code : undefined, cause.name];
  return words.filter((word) => typeof word === 'string').find((word) => /^\w{1,40}$/.test(word)) ?? 'unknown';
}
