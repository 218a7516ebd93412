import type { Ability } from '../dialect.ts';
import type { OptionalVerb } from './verbs.ts';
import type { CaseRun } from './case-run.ts';

/** One case: what the upstream does, and what the provider has to make of it. */
export interface UpstreamCase {
  /** Id of the field lesson it comes from: see FIELD-LESSONS in docs/3-write-a-provider.md. */
  readonly lesson?: string;
  readonly name: string;
  /** What the server has to be able to say. */
  readonly needs?: Ability | 'an end mark' | 'a list of models' | 'embeddings' | 'chat completions';
  /** The optional verb, or the operation of `forward`, it is about. */
  readonly verb?: OptionalVerb;
  readonly check: (run: CaseRun) => Promise<void>;
}

/** Cases by their ids. */
export type UpstreamCases = Readonly<Record<string, UpstreamCase>>;
