import type { Balancer } from '../ports/balancer.ts';

/**
 * By weight: each place in the order is drawn among the targets that are left, in proportion to their weights. Weight 0
 * comes last, in the configured order.
 */
export function weightedBalancer(random: () => number): Balancer {
  return {
    order(targets) {
      const left = [...targets];
      const ordered = [];
      let total = left.reduce((sum, { weight }) => sum + weight, 0);
      while (left.length > 0) {
        const [target] = left.splice(draw(left, random() * total), 1);
        if (!target) break;
        total -= target.weight;
        ordered.push(target);
      }
      return ordered;
    },
  };
}

/** Place of the target whose share of the line holds `point`; the first one when nothing has weight. */
function draw(targets: readonly { readonly weight: number }[], point: number): number {
  let end = 0;
  for (const [place, { weight }] of targets.entries()) {
    end += weight;
    if (point < end) return place;
  }
  // Rounding may leave the point a hair beyond the line, and an order of zero weights has no line at all.
  const heaviest = targets.findLastIndex(({ weight }) => weight > 0);
  return Math.max(0, heaviest);
}
