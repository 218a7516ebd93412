import type { NexusErrorCode } from './errors.ts';
import type { Caller } from './ports/index.ts';

/** What is known of an API request when it is over. */
export interface AuditedRequest {
  readonly method: string;
  /** As it was asked for, without its query. */
  readonly path: string;
  /** The path as the hub knows it, `*` for what may be anything. `undefined`: the hub has no such path. */
  readonly route: string | undefined;
  /** What the route asks for; `none`: it is for everybody. `undefined`: it was not found out. */
  readonly permission: string | undefined;
  /** `undefined`: nobody known. */
  readonly caller: Pick<Caller, 'id' | 'role'> | undefined;
  /** `undefined`: nothing was answered. */
  readonly status: number | undefined;
  /** What it ended with; of an answer that had begun, too. */
  readonly code: NexusErrorCode | undefined;
  /** The client left before the end. */
  readonly isLeft: boolean;
  readonly requestId: string;
  readonly address: string | undefined;
  /** When it was over, in Unix milliseconds. */
  readonly atMs: number;
  readonly durationMs: number;
  /** The body of the request. Absent unless it is wanted. */
  readonly content?: string | undefined;
}

/** A caller, and what it asked by. */
export interface Actor extends Caller {
  /** The request it asked by. Absent: the program itself has asked. */
  readonly request?: { readonly id: string; readonly address: string | undefined };
}

/** Something that is about to be changed, by whom, from what to what. */
export interface AuditAction {
  /** What is done, as `providers.update`. */
  readonly action: string;
  /** The id of what is changed. */
  readonly target: string;
  /** Who does it. `undefined`: the hub itself. */
  readonly by: Pick<Actor, 'id' | 'role' | 'request'> | undefined;
  /** What was there before. Secrets in it are masked here. */
  readonly before?: unknown;
  /** What is to be there now. */
  readonly after?: unknown;
}

/** Who takes note of what happens. */
export interface Audit {
  /** Whether bodies of requests are wanted. */
  readonly wantsContent: boolean;
  /** To be told of each API request, once, when it is over. Costs next to nothing, waits for nothing and never throws. */
  request(request: AuditedRequest): void;
  /**
   * Writes what is about to be changed, and then changes it. A change that fails leaves a second entry which says so.
   * @throws NexusError `audit_unavailable`, and then nothing was changed; what `change` throws
   */
  change<Result>(action: AuditAction, change: () => Result | Promise<Result>): Promise<Result>;
}
