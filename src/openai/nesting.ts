/** How many levels of lists and objects a request may have. */
export const MAX_DEPTH: number = 128;

/** Whether a value holds more levels than {@link MAX_DEPTH}. Goes no deeper than that itself, also in a cycle. */
export function isTooDeep(value: object): boolean {
  return exceeds(value, MAX_DEPTH);
}

function exceeds(value: object, levels: number): boolean {
  if (levels === 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    if (typeof member === 'object' && member !== null && exceeds(member, levels - 1)) return true;
  }
  return false;
}
