import type { LoadOrder, LoadResult } from './load.ts';
import type { Kind, Contender } from './in-process-runs.ts';
import type { MicroRun } from './micro.ts';

/** What a process has used since it started. */
export interface Usage {
  /** User and system time of all its threads, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** What a process of a run can be asked over its channel: the argument and the answer of each verb. */
export interface Verbs {
  /** The port it listens on, once it does. */
  readonly port: { readonly order: null; readonly answer: number };
  readonly usage: { readonly order: null; readonly answer: Usage };
  /** The longest that a record waited until it was durable, in milliseconds, since the last time this was asked. */
  readonly waited: { readonly order: null; readonly answer: number };
  /** Calls a server until the order is carried out. */
  readonly load: { readonly order: LoadOrder; readonly answer: LoadResult };
  /** Calls in process; answers with microseconds of CPU for each unit. */
  readonly inProcess: {
    readonly order: { readonly kind: Kind; readonly contender: Contender; readonly forMs: number };
    readonly answer: number;
  };
  /** Runs the hot pieces; answers with microseconds of CPU for each unit. */
  readonly micro: { readonly order: { readonly forMs: number }; readonly answer: readonly MicroRun[] };
}

/** A question to a process. */
export interface Question {
  readonly id: number;
  readonly verb: keyof Verbs;
  readonly order: unknown;
}

/** What it answers. */
export type Reply = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };
