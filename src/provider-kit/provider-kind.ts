import type { Provider } from '../ports/index.ts';
import type { UpstreamRules } from './transport-options.ts';

/** What a configuration says of a provider, with one key, as the members of the file are called. */
export interface ProviderSettings {
  readonly id: string;
  readonly kind: string;
  readonly server_url?: string | undefined;
  readonly api_key?: string | undefined;
  readonly preset?: string | undefined;
  readonly secret_key?: string | undefined;
  readonly app_id?: string | undefined;
  readonly api_version?: string | undefined;
  readonly max_tokens?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names of its models. Absent: any. */
  readonly models?: readonly string[] | undefined;
  /** Whatever a kind of your own needs. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** Members that only some kinds have. */
export type OwnMember = 'preset' | 'secret_key' | 'app_id' | 'api_version' | 'max_tokens' | 'options';

/** A kind of providers that a configuration may name: how its settings become a provider. */
export interface ProviderKind {
  /** Members it cannot do without. */
  readonly needs?: readonly ('server_url' | 'api_key')[];
  /** Members it has for itself; those of other kinds are refused. @default ['options'] */
  readonly members?: readonly OwnMember[];
  /** What is wrong with settings beyond that: the member and the rule, without what stood there. */
  check?(settings: ProviderSettings): Iterable<readonly [member: string, rule: string]>;
  /** @throws TypeError naming what its adapter does not take; never a secret. */
  make(settings: ProviderSettings, security: UpstreamRules | undefined): Provider;
}

/** Kinds by their names. */
export type ProviderKinds = Readonly<Record<string, ProviderKind>>;
