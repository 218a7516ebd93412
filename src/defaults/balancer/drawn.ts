import type { Target } from '../../ports/router.ts';

/** Places that are drawn. A request asks a few targets; the order of a thousandth place is not worth its time. */
const MOST_DRAWN = 32;

/**
 * The targets in an order of chance: each place is drawn among those that are left, in proportion to their weights.
 * Weight 0 comes last, in the order given.
 */
export function drawn(targets: readonly Target[], random: () => number): Target[] {
  const order: Target[] = [];
  const backups: Target[] = [];
  let total = 0;
  for (const target of targets) {
    (target.weight > 0 ? order : backups).push(target);
    total += target.weight;
  }
  for (let place = 0; place < Math.min(MOST_DRAWN, order.length - 1); place++) {
    const at = placeOf(random() * total, order, place);
    const [first, chosen] = [order[place], order[at]];
    if (!first || !chosen) break;
    order[place] = chosen;
    order[at] = first;
    total -= chosen.weight;
  }
  for (const backup of backups) order.push(backup);
  return order;
}

/** Whose share of the line from `start` on holds `point`. Rounding may leave it a hair beyond: that is the last one's. */
function placeOf(point: number, order: readonly Target[], start: number): number {
  let left = point;
  for (let place = start; place < order.length - 1; place++) {
    left -= order[place]?.weight ?? 0;
    if (left < 0) return place;
  }
  return order.length - 1;
}
