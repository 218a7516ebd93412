import type { Caller } from './authenticator.ts';
import type { ForwardOperation } from './forward.ts';
import type { Provider } from './provider.ts';

/** What a caller wants done. */
export type Operation = 'chat' | 'embeddings' | ForwardOperation;

/** What can be told of a request before it runs; nothing of what was said. */
export interface RequestFacts {
  /** The model name the caller used. */
  readonly model: string;
  readonly operation: Operation;
  /** Whether the caller wants its answer as a stream. */
  readonly streamed: boolean;
  /** Whether the model may call tools: asked twice, it may act twice. */
  readonly hasTools: boolean;
  /** The body's `metadata`, as far as it is text; empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Tokens of the prompt, roughly; counted when first read, cheaply, never by an encoder. */
  readonly promptTokens: number;
}

/** One place a request can go to: a provider, one of its keys where it has several, and the model name it knows. */
export interface Target {
  /** `provider/model`, or `provider#key/model` where the provider has several keys; records are kept under it. */
  readonly id: string;
  /** Key of the provider in the hub's options. */
  readonly providerId: string;
  readonly provider: Provider;
  /** Which of the provider's keys is used: its name, never the key. Absent: the provider has one. */
  readonly keyId?: string | undefined;
  /** The name sent to the provider. */
  readonly model: string;
  /** Share of traffic relative to the other targets of the model; 0 means: only when the others fail. */
  readonly weight: number;
  /** Targets of a lower tier are asked first; those of the next take over when they fail or are full. @default 1 */
  readonly tier?: number | undefined;
}

/** What may lead from one model to another: see {@link Fallback}. */
export type FallbackCause =
  /** No target of the model answered. */
  | 'unavailable'
  /** The prompt is too long for it. */
  | 'context_length'
  /** Its filter kept the answer back. */
  | 'content_filter'
  /** Its answer does not fit the schema that was asked for. */
  | 'schema';

/** Another model that may answer in a model's place. */
export interface Fallback {
  readonly model: string;
  /** In whose place: the model that was asked for, or another fallback, once that has been asked and failed. */
  readonly insteadOf: string;
  readonly targets: readonly Target[];
  readonly on: readonly FallbackCause[];
}

/** Answers "who could answer this?". */
export interface Router {
  /**
   * All targets that serve the model for this request, in the order they were configured, those of lower tiers first;
   * at least one.
   * @throws NexusError `model_not_found`, `operation_unsupported`, `context_length_exceeded`, or `forbidden` when the
   * caller may not use it.
   */
  route(facts: RequestFacts, caller: Caller): readonly Target[];
  /**
   * Models that may answer in this one's place, and in the place of those, in the order they are tried. One that may
   * stand in for several is listed for each of them, and asked once. Whoever may use the model may be answered by them:
   * the owner said so. Absent: none.
   */
  fallbacks?(facts: RequestFacts, caller: Caller): readonly Fallback[];
  /**
   * Targets of the model that this request does not lead to, and what of it they are not for. Absent: nobody is told.
   */
  leftOut?(facts: RequestFacts, caller: Caller): readonly { readonly target: Target; readonly why: string }[];
  /**
   * Names it knows that this caller may use, with the provider that serves each first. The hub's list has these first;
   * what providers without `models` report follows, as far as `route` leads there.
   */
  models(caller: Caller): readonly { readonly name: string; readonly ownedBy: string }[];
}
