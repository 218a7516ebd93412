import { percentile } from '../statistics.ts';
import { STREAM_MS } from './behaviours.ts';
import { countOf, type Measured } from './measured.ts';

/** What has to hold in a scenario beside what always has to, and what is worth knowing of it. */
export interface Rule {
  /** Why it does not hold; `undefined`: it does. */
  readonly fault: (measured: Measured) => string | undefined;
  /** For the table. */
  readonly note: (measured: Measured) => string;
}

/** The first requests of an outage find out; all others are told at once when to come back. */
const MOST_WITHOUT = 30;
/** A provider has to hear so soon that nobody wants its answer any more. (C1) */
const NOTICED_WITHIN_MS = 100;
/** What fits into any budget of hedges: one in ten seconds, and the one that reaches the limit. */
const HEDGES_BESIDE = 2;
/** Before anything was measured nobody knows that they are late. */
const LATE_BESIDE = 2;
const RETRY_WINDOW_SECONDS = 10;
const TARGETS = 3;

/** No more attempts beside slow ones than this part of the requests. */
export function withinHedges(share: number): Rule {
  const allowed = ({ seen }: Measured): number => Math.floor(share * seen.length) + HEDGES_BESIDE;
  return {
    fault: (measured) => {
      const { hedges } = measured.watch;
      if (hedges > allowed(measured)) return `${hedges} attempts beside slow ones, more than the budget`;
      return hedges === 0 ? 'nobody was asked beside a slow one' : undefined;
    },
    note: (measured) => `${measured.watch.hedges} asked beside, at most ${allowed(measured)}`,
  };
}

/** Only so many answers begin as late as the slow provider does. */
export function fewBegin(laterThanMs: number, share: number): Rule {
  const late = ({ seen }: Measured): number =>
    seen.filter(({ firstMs }) => firstMs !== undefined && firstMs >= laterThanMs).length;
  const allowed = ({ seen }: Measured): number => Math.floor(share * seen.length) + LATE_BESIDE;
  return {
    fault: (measured) =>
      late(measured) > allowed(measured)
        ? `${late(measured)} answers began late, more than ${allowed(measured)}`
        : undefined,
    note: (measured) => `${late(measured)} began late, at most ${allowed(measured)}`,
  };
}

/** Each target is asked once for a request; beside that an outage does not multiply the traffic. */
export function withinBudget({ share, perSecond }: { readonly share: number; readonly perSecond: number }): Rule {
  const allowed = ({ seen }: Measured): number =>
    seen.length * TARGETS + Math.ceil(share * seen.length + perSecond * RETRY_WINDOW_SECONDS);
  return {
    fault: (measured) => {
      const { attempts } = measured.watch;
      return attempts > allowed(measured) ? `${attempts} attempts, more than ${allowed(measured)}` : undefined;
    },
    note: (measured) => `${measured.watch.attempts} attempts, at most ${allowed(measured)}`,
  };
}

/** Who is refused while everybody is left alone is told when to come back. */
export const refusalsWithRetryAfter: Rule = {
  fault: (measured) => {
    const without = countOf(measured, 'refused') - withRetryAfter(measured);
    return without > MOST_WITHOUT ? `${without} refusals do not say when to come back` : undefined;
  },
  note: (measured) => `${withRetryAfter(measured)} of ${countOf(measured, 'refused')} with Retry-After`,
};

function withRetryAfter({ seen }: Measured): number {
  return seen.filter(({ ending, hasRetryAfter }) => ending === 'refused' && hasRetryAfter).length;
}

/** Whoever left stopped the provider, in whatever state the answer was. */
export const noticed: Rule = {
  fault: (measured) => {
    const times = noticedAfterMs(measured);
    if (times.length === 0) return 'nobody left';
    const unnoticed = times.filter((ms) => ms === undefined).length;
    return unnoticed === 0 ? undefined : `${unnoticed} answers went on after their client had left`;
  },
  note: (measured) => {
    const times = noticedAfterMs(measured).filter((ms) => ms !== undefined);
    const late = times.filter((ms) => ms > NOTICED_WITHIN_MS).length;
    return `providers heard of ${times.length} after ${percentile(times, 0.5).toFixed(1)} ms (p50), ${late} later than ${NOTICED_WITHIN_MS} ms`;
  },
};

/** How long after its client each provider's answer was left; `undefined`: it never was. */
function noticedAfterMs({ seen, asked }: Measured): (number | undefined)[] {
  const left = new Map(seen.map(({ tag, leftAtMs }) => [tag, leftAtMs]));
  return asked.flatMap(({ tag, atMs, leftAtMs }) => {
    const clientLeftAtMs = left.get(tag);
    // Later the provider may have said all of it already.
    if (clientLeftAtMs === undefined || clientLeftAtMs > atMs + STREAM_MS / 2) return [];
    return [leftAtMs === undefined ? undefined : Math.max(0, leftAtMs - clientLeftAtMs)];
  });
}
