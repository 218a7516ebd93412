import type { Provider } from '../../ports/index.ts';
import type { UpstreamScript } from '../answer-script.ts';
import type { ScriptedUpstream } from '../scripted-upstream.ts';

/** One case: what the upstream does, and what the provider has to make of it. */
export interface UpstreamCase {
  readonly name: string;
  /** Absent: the case plays its own. */
  readonly script?: UpstreamScript;
  readonly check: (provider: Provider, upstream: ScriptedUpstream) => Promise<void>;
}

/** Cases by their ids. */
export type UpstreamCases = Readonly<Record<string, UpstreamCase>>;
