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
  readonly durationMs: number;
  /** The body of the request. Absent unless it is wanted. */
  readonly content?: string | undefined;
}

/** Where whoever brings requests tells of each, once, when it is over. */
export interface RequestAudit {
  /** Whether bodies of requests are wanted. */
  readonly wantsContent: boolean;
  /** Costs next to nothing, waits for nothing and never throws. */
  request(request: AuditedRequest): void;
}
