import type { EpochSummary, StoredJson } from './ports/index.ts';

/** Sections of a configuration, or a part of them, as in a file: docs/configuration.md. `null` takes a member away. */
export type ConfigChange = Readonly<Record<string, unknown>>;

/** A configuration as people may see it: of each secret its last letters at the most. */
export type ShownConfig = Readonly<Record<string, StoredJson>>;

/** What is in force. */
export interface ConfigView extends EpochSummary {
  readonly document: ShownConfig;
  /** Why this process is not at the newest epoch, if it is not. */
  readonly behind?: string | undefined;
}

/** One thing that is otherwise afterwards. What is not there has no value. */
export interface ConfigDifference {
  /** `providers.main.rate_limit` */
  readonly path: string;
  readonly before?: StoredJson;
  readonly after?: StoredJson;
}

/** Requests of the last day that would have gone otherwise. */
export interface AffectedRequests {
  readonly model: string;
  readonly callerId: string | null;
  readonly requests: number;
  /** Targets they would go to now, and afterwards. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Why nobody would answer them afterwards. */
  readonly refused?: string;
}

/** What a change would do. */
export interface ConfigPreview {
  /** The epoch it was held against. */
  readonly epoch: number;
  readonly changes: readonly ConfigDifference[];
  /** Models that would be there no more. */
  readonly modelsRemoved: readonly string[];
  readonly modelsAdded: readonly string[];
  /** Personal keys whose role would be there no more: they might do nothing then. */
  readonly keysWithoutRole: readonly { readonly id: string; readonly name: string; readonly role: string }[];
  /** By the requests that were recorded. `undefined`: the ledger does not answer. */
  readonly affected: readonly AffectedRequests[] | undefined;
}

/** Throws unless something may be changed that has this tag now, or is not there. */
export type TagCheck = (tag: string | undefined) => void;

/** How a change is asked for. */
export interface ChangeOptions {
  readonly check?: TagCheck | undefined;
}

/** A provider as people are shown it, with the members a file has for it. */
export interface ProviderView {
  readonly id: string;
  readonly kind: string;
  /** Changes with the provider, for `If-Match`. */
  readonly tag: string;
  /** `false`: it was made by the program itself, and is not changed here. */
  readonly isConfigured: boolean;
  readonly settings: ShownConfig;
}

/** A model of a provider, as people are shown it. */
export interface ModelView {
  /** `provider/name` */
  readonly id: string;
  readonly providerId: string;
  readonly name: string;
  readonly tag: string;
  readonly settings: ShownConfig;
}

/** What a tiny real request to a provider came to. */
export interface ProviderTest {
  readonly ok: boolean;
  readonly model: string;
  readonly latencyMs: number;
  /** The beginning of what it said. */
  readonly said: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly error: { readonly code: string; readonly message: string; readonly providerStatus: number | null } | null;
}

/** The configuration as whoever runs the hub sees and changes it. */
export interface ConfigControl {
  current(): Promise<ConfigView>;
  /** The newest first. */
  history(query: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly EpochSummary[]>;
  /** @throws NexusError `request_invalid` naming what is wrong with it */
  preview(change: ConfigChange, options?: { readonly replace?: boolean | undefined }): Promise<ConfigPreview>;
  /**
   * What going back to an earlier epoch would do.
   * @throws NexusError `not_found`, and as `preview`
   */
  previewRollback(to: number): Promise<ConfigPreview>;
  /**
   * Puts a change in force: in this process when it resolves, in others within two seconds. What it does not name stays.
   * @param options `replace`: sections that it names are what it says, and nothing else.
   * @throws NexusError `request_invalid`, `precondition_failed`, `conflict`, `audit_unavailable`; nothing is changed then
   */
  apply(
    change: ConfigChange,
    options?: ChangeOptions & { readonly replace?: boolean | undefined },
  ): Promise<ConfigView>;
  /**
   * What a file says now: what is otherwise in it than when it was last applied is put in force, and nothing else.
   * @throws NexusError as `apply`
   */
  applyFile(document: ConfigChange): Promise<ConfigView>;
  /** @throws NexusError `not_found`, and as `apply` */
  rollback(to?: number, options?: ChangeOptions): Promise<ConfigView>;
  providers(): Promise<readonly ProviderView[]>;
  /** @throws NexusError `not_found` */
  provider(id: string): Promise<ProviderView>;
  /** @throws NexusError `conflict` where there is one of that id, and as `apply` */
  createProvider(settings: ConfigChange): Promise<ProviderView>;
  /** @throws NexusError `not_found`, and as `apply` */
  changeProvider(id: string, change: ConfigChange, options?: ChangeOptions): Promise<ProviderView>;
  /** @throws NexusError `not_found`, and as `apply` */
  removeProvider(id: string, options?: ChangeOptions): Promise<void>;
  /** @throws NexusError `not_found`, `request_invalid` */
  testProvider(
    id: string,
    options: { readonly model?: string | undefined; readonly signal: AbortSignal },
  ): Promise<ProviderTest>;
  models(providerId?: string): Promise<readonly ModelView[]>;
  /** @throws NexusError `not_found` */
  model(id: string): Promise<ModelView>;
  /** @throws NexusError `conflict`, `not_found` without that provider, and as `apply` */
  createModel(settings: ConfigChange): Promise<ModelView>;
  /** @throws NexusError `not_found`, and as `apply` */
  changeModel(id: string, change: ConfigChange, options?: ChangeOptions): Promise<ModelView>;
  /** @throws NexusError `not_found`, and as `apply` */
  removeModel(id: string, options?: ChangeOptions): Promise<void>;
}
