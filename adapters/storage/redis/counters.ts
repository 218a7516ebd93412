import type { Bound, BudgetBound } from 'nexusai-hub/ports';

/** The keys of a bound's counter: that of a budget keeps who has reserved how much apart. */
export function keysOf(prefix: string, bound: Bound | Pick<BudgetBound, 'key' | 'window'>): readonly string[] {
  if ('window' in bound) return ['budget', 'reserved'].map((name) => `${prefix}${name}:${bound.window}:${bound.key}`);
  return [`${prefix}${bound.kind}:${bound.key}`];
}

/** What the script of taking is told about a bound. */
export function valuesOf(bound: Bound): string[] {
  const { kind, limit } = bound;
  switch (kind) {
    case 'rate':
      return [kind, String(limit), periodOf(bound), String(bound.units), bound.evenly === true ? '1' : ''];
    case 'budget':
      return [kind, String(limit), periodOf(bound), String(bound.units), ''];
    case 'slots':
      return [kind, String(limit), '', '', ''];
  }
}

/** How long a bound looks back: whole microseconds of a rate, or the window of a budget. */
export function periodOf(bound: Bound): string {
  switch (bound.kind) {
    case 'rate':
      return String(Math.round(bound.perMs * 1000));
    case 'budget':
      return bound.window;
    case 'slots':
      return '';
  }
}
