/**
 * True when Baidu's safety check speaks against an answer: `flag` over 1, or `need_clear_history`, by which the caller
 * should drop the conversation (providers.md sections 2.3 and 13).
 */
export function isBlocked(said: Readonly<Record<string, unknown>>): boolean {
  return said['need_clear_history'] === true || Number(said['flag'] ?? 0) > 1;
}

/** What the check said, for the choice it is about; nothing where it had nothing to say. */
export function verdictOf(said: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!isBlocked(said)) return {};
  const members = ['flag', 'ban_round', 'need_clear_history'].filter((name) => said[name] !== undefined);
  return Object.fromEntries(members.map((name) => [name, said[name]]));
}
