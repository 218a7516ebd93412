import type { Provider } from '../ports/index.ts';
import { CaseRun } from './cases/case-run.ts';
import { embeddingCases } from './cases/embedding-cases.ts';
import { forwardCases } from './cases/forward-cases.ts';
import { interruptionCases } from './cases/interruption-cases.ts';
import { leavingCases } from './cases/leaving-cases.ts';
import { modelListCases } from './cases/model-list-cases.ts';
import { oddityCases } from './cases/oddity-cases.ts';
import { refusalCases } from './cases/refusal-cases.ts';
import { secretCases } from './cases/secret-cases.ts';
import { streamCases } from './cases/stream-cases.ts';
import { toolCases } from './cases/tool-cases.ts';
import type { UpstreamCase, UpstreamCases } from './cases/upstream-case.ts';
import { checkVerbs, isVerb, type MissingVerbs, reasonFor } from './cases/verbs.ts';
import { wholeCases } from './cases/whole-cases.ts';
import { chatCompletionsDialect } from './chat-completions.ts';
import type { UpstreamDialect } from './dialect.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { checkSkips } from './port-case.ts';
import { scriptedUpstream } from './scripted-upstream.ts';

/** One thing every provider has to do. */
export interface ProviderCase extends PortCase {
  /** Id of the field lesson behind it: complaints about gateways that had it wrong. */
  readonly lesson: string | undefined;
}

/** What {@link providerCases} is told about a provider. */
export interface ProviderCaseOptions extends PortCaseOptions {
  /** How the provider's server says things. @default as OpenAI's chat completions */
  readonly dialect?: UpstreamDialect;
  /**
   * Optional verbs it does not have, and operations its `forward` does not take, with the reason: cases about them are
   * skipped.
   */
  readonly without?: MissingVerbs;
  /** What the provider was made with and must show nowhere, where it does not travel as a key usually does. */
  readonly secrets?: readonly string[];
  /** Longest wait for what has to happen, in milliseconds. @default 5000 */
  readonly patienceMs?: number;
}

/** Makes a new provider that sends all its requests to this upstream; each case closes its own. */
export type MakeProvider = (upstream: { readonly url: string }) => Provider;

/**
 * What a provider has to do, against a real server on loopback that is slow, wrong and gone. Knows no test runner:
 * `for (const { name, run } of providerCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function providerCases(make: MakeProvider, options: ProviderCaseOptions = {}): ProviderCase[] {
  const { dialect = chatCompletionsDialect, skip = {}, without = {}, secrets = [], patienceMs = 5000 } = options;
  checkSkips('providerCases', CASES, skip);
  for (const [verb, reason] of Object.entries(without)) {
    if (!isVerb(verb)) throw new TypeError(`providerCases: without["${verb}"] names no optional verb.`);
    if (reason === '') throw new TypeError(`providerCases: without["${verb}"] needs a reason.`);
  }
  return Object.entries(CASES).map(([id, one]) => ({
    id,
    lesson: one.lesson,
    name: one.lesson === undefined ? one.name : `${one.lesson}: ${one.name}`,
    skipped: skip[id] ?? reasonFor(one.verb, without) ?? lackOf(one, dialect),
    async run() {
      const upstream = await scriptedUpstream();
      const provider = make(upstream);
      try {
        checkVerbs(provider, one.verb, without);
        await one.check(new CaseRun(provider, upstream, { dialect, secrets, patienceMs }));
      } finally {
        await provider.close?.();
        await upstream.close();
      }
    },
  }));
}

const CASES: UpstreamCases = {
  ...streamCases,
  ...interruptionCases,
  ...wholeCases,
  ...toolCases,
  ...oddityCases,
  ...refusalCases,
  ...leavingCases,
  ...embeddingCases,
  ...forwardCases,
  ...modelListCases,
  ...secretCases,
};

function lackOf({ needs }: UpstreamCase, dialect: UpstreamDialect): string | undefined {
  const { name, hasEndMark, lacks = [] } = dialect;
  if (needs === undefined) return undefined;
  if (needs === 'chat completions')
    return dialect === chatCompletionsDialect ? undefined : `${name} does not have the habits of chat completions`;
  if (needs === 'an end mark') return hasEndMark ? undefined : `${name} has no end mark`;
  if (needs === 'embeddings') return dialect.embeddings ? undefined : `${name} has no embeddings`;
  if (needs === 'a list of models') return dialect.models ? undefined : `${name} has no list of models`;
  const isLacking = lacks.includes(needs) || (needs === 'parallel tool calls' && lacks.includes('tool calls'));
  return isLacking ? `${name} cannot say it: ${needs}` : undefined;
}
