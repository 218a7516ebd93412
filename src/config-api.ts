import type { ConfigChange, ConfigControl, ConfigPreview, ConfigView } from './config-control.ts';
import { NexusError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';
import type { EpochSummary } from './ports/index.ts';

/** How a change of the configuration is asked for. */
export interface ApplyOptions {
  /** Sections that are named are what the change says, and nothing else. @default false: it is put into what is there */
  readonly replace?: boolean;
  /** Only while this epoch is in force. */
  readonly ifEpoch?: number;
}

/** `hub.admin.config`: the configuration as a whole, a sequence of epochs. Its sections are those of a file. */
export class ConfigApi {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * What is in force, with its secrets shortened.
   * @throws NexusError `forbidden`, `operation_unsupported`
   */
  async get(): Promise<ConfigView> {
    return (await this.#control('config.read')).current();
  }

  /**
   * Earlier epochs, the newest first.
   * @throws NexusError `forbidden`, `operation_unsupported`
   */
  async history({ before, limit = 100 }: { readonly before?: number; readonly limit?: number } = {}): Promise<
    readonly EpochSummary[]
  > {
    return (await this.#control('config.read')).history({ before, limit });
  }

  /**
   * What a change would do: what is otherwise then, and what of the requests of the last day would go elsewhere.
   * @throws NexusError `request_invalid` with all that is wrong; `forbidden`, `operation_unsupported`
   */
  async preview(change: ConfigChange, options: Pick<ApplyOptions, 'replace'> = {}): Promise<ConfigPreview> {
    return (await this.#control('config.write')).preview(change, options);
  }

  /**
   * What `rollback(to)` would do.
   * @throws NexusError `not_found`, and as `preview`
   */
  async previewRollback(to: number): Promise<ConfigPreview> {
    return (await this.#control('config.write')).previewRollback(to);
  }

  /**
   * Puts a change in force. It is when this resolves, with the new epoch; other processes have it within two seconds.
   * Requests under way end as they began.
   * @throws NexusError `request_invalid`, `precondition_failed`, `conflict`, `audit_unavailable`, `forbidden`,
   * `operation_unsupported`; nothing is changed then
   */
  async apply(change: ConfigChange, options: ApplyOptions = {}): Promise<ConfigView> {
    const { replace, ifEpoch } = options;
    return (await this.#control('config.write')).apply(change, { replace, check: checkOf(ifEpoch) });
  }

  /**
   * Puts in force what is otherwise in a file than when it was last applied, and nothing else: `document` is all that it
   * says of sections that may change.
   * @throws NexusError as `apply`
   */
  async applyFile(document: ConfigChange): Promise<ConfigView> {
    return (await this.#control('config.write')).applyFile(document);
  }

  /**
   * Puts an earlier epoch in force again, as a new one: the one before this, unless another is named. Keys of callers stay as
   * they are.
   * @throws NexusError `not_found`, and as `apply`
   */
  async rollback(to?: number, { ifEpoch }: Pick<ApplyOptions, 'ifEpoch'> = {}): Promise<ConfigView> {
    return (await this.#control('config.write')).rollback(to, { check: checkOf(ifEpoch) });
  }

  async #control(permission: Permission): Promise<ConfigControl> {
    return this.#gateway.configFor(await this.#gateway.authorize({ via: 'process' }, permission));
  }
}

/** Throws where another epoch is in force. */
function checkOf(wanted: number | undefined): ((tag: string | undefined) => void) | undefined {
  if (wanted === undefined) return undefined;
  return (tag) => {
    if (tag === String(wanted)) return;
    throw new NexusError('precondition_failed', `Epoch ${tag ?? 'none'} is in force by now. Read it again.`);
  };
}
