/** The code of what Node threw, such as `ENOENT`; `unknown` where it has none. */
export function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
}
