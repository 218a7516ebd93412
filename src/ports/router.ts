import type { Caller } from './authenticator.ts';
import type { ForwardOperation } from './forward.ts';
import type { Provider } from './provider.ts';

/** What a caller wants done. */
export type Operation = 'chat' | 'embeddings' | ForwardOperation;

/** One place a request can go to: a provider and the model name it knows. */
export interface Target {
  /** `provider/model`; circuits and records are kept under it. */
  readonly id: string;
  /** Key of the provider in the hub's options. */
  readonly providerId: string;
  readonly provider: Provider;
  /** The name sent to the provider. */
  readonly model: string;
  /** Share of traffic relative to the other targets of the model; 0 means: only when the others fail. */
  readonly weight: number;
}

/** Answers "who could answer this?". */
export interface Router {
  /**
   * All targets that serve the model for this operation, in the order they were configured, at least one.
   * @throws NexusError `model_not_found`, `operation_unsupported`, or `forbidden` when the caller may not use it.
   */
  route(model: string, operation: Operation, caller: Caller): readonly Target[];
  /** Names that `GET /v1/models` lists for this caller, with the provider that serves each first. */
  models(caller: Caller): readonly { readonly name: string; readonly ownedBy: string }[];
}
