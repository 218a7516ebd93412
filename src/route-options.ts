import type { RouteCondition } from './defaults/router/condition.ts';
import type { FallbackCause } from './ports/index.ts';

/**
 * Where a model name leads: a provider's id, or more exactly the name it knows, its share of the traffic, its rank, and
 * for which requests it is.
 */
export type Route<Id extends string> =
  | Id
  | {
      readonly provider: Id;
      /** The name this provider knows. @default the name asked for */
      readonly model?: string;
      /** Share relative to the other routes of the model; 0 only backs up the others. @default 1 */
      readonly weight?: number;
      /** Routes of a lower tier are asked first; the next tier takes over when they fail or are full. @default 1 */
      readonly tier?: number;
      /** Which requests it is open to. @default all */
      readonly when?: RouteCondition;
    };

/** A model that may answer in another's place. */
export type FallbackRoute =
  | string
  | {
      readonly model: string;
      /** What leads to it. @default ['unavailable'] */
      readonly on?: readonly FallbackCause[];
    };
