import type { Target } from '../../ports/router.ts';

/** Places that are drawn. A request asks a few targets; the order of a thousandth place is not worth its time. */
const MOST_DRAWN = 32;

/**
 * The targets in an order of chance: each place is drawn among those that are left, in proportion to their weights.
 * Weight 0 comes last, in the order given.
 */
export function drawn(targets: readonly Target[], random: () => number): Target[] {
  const order = [...targets];
  let weighted = 0;
  let total = 0;
  for (const target of targets) {
    if (!(target.weight > 0)) continue;
    order[weighted++] = target;
    total += target.weight;
  }
  let backups = weighted;
  for (const target of targets) if (!(target.weight > 0)) order[backups++] = target;
  for (let place = 0; place < Math.min(MOST_DRAWN, weighted - 1); place++) {
    const at = placeOf(random() * total, order, place, weighted);
    const [first, chosen] = [order[place], order[at]];
    if (!first || !chosen) break;
    order[place] = chosen;
    order[at] = first;
    total -= chosen.weight;
  }
  return order;
}

/** Whose share of the line from `start` to `end` holds `point`. Rounding may leave it a hair beyond: the last one's. */
function placeOf(point: number, order: readonly Target[], start: number, end: number): number {
  let left = point;
  for (let place = start; place < end - 1; place++) {
    left -= order[place]?.weight ?? 0;
    if (left < 0) return place;
  }
  return end - 1;
}
