import type { Answer } from './answer.ts';
import type { AuditViews } from './audit-views.ts';
import type { BackupControl } from './backup-control.ts';
import type { Call } from './call.ts';
import type { CircuitControl } from './circuit-control.ts';
import type { ConfigControl } from './config-control.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import type { ConversationControl } from './conversation-control.ts';
import type { Admission, Arrival } from './door.ts';
import type { Explanation } from './explain.ts';
import type { HubHealth } from './hub-health.ts';
import type { KeyControl } from './key-control.ts';
import type { Permission } from './permissions.ts';
import type { Caller, Clock, Credentials, Logger, ModelEntry } from './ports/index.ts';
import type { RememberedAnswers } from './remembered-answers.ts';
import type { Actor, Audit } from './request-audit.ts';
import type { SignableRequest, SignedHead } from './signatures/signed-request.ts';
import type { VaultControl } from './vault-control.ts';
import type { Views } from './views.ts';

/** What the hub offers to whoever brings requests to it, over HTTP or otherwise. */
export interface Gateway {
  /**
   * Checks the signature of a request before its body is read; to be called once, as it counts once. `undefined`: it
   * has none. Absent: signatures are not looked at.
   * @throws NexusError `unauthenticated`, `rate_limited`, `overloaded`, `nonces_unavailable`
   */
  verify?(request: SignableRequest): Promise<SignedHead | undefined>;
  /**
   * Lets a request in before its body is read, or turns it away while that costs nothing. What it gives goes along with
   * the call, and is released when the request is over, whatever became of it.
   * @throws NexusError `overloaded`, `closing`, `unauthenticated`
   */
  admit?(arrival: Arrival): Admission | Promise<Admission>;
  /**
   * Sends a validated request on its journey. Resolves when the answer is whole, or has begun to speak.
   * @throws NexusError
   */
  open(call: Call): Promise<Answer>;
  /**
   * Who shows these credentials, if its role has the permission; `any`: whatever its role. What follows here is for
   * callers that this has told. `isKnown` hears who it is even where that may not. It does not throw, but rejects.
   * @throws NexusError `unauthenticated`, `forbidden`; `cancelled` when `signal` aborts before it is known
   */
  authorize(
    credentials: Credentials,
    permission: Permission | 'any',
    signal?: AbortSignal,
    isKnown?: (caller: Caller) => void,
  ): Caller | Promise<Caller>;
  /** Models this caller may use. */
  listModels(caller: Caller): Promise<readonly ModelEntry[]>;
  /** The circuits, for a caller that may see or hold them. */
  circuitsFor(actor: Actor): CircuitControl;
  /**
   * The configuration, for a caller that may see or change it.
   */
  configFor(actor: Actor): ConfigControl;
  /** The conversations, for a caller that may change its own. Whether it may change those of others is asked there. */
  conversationsFor(caller: Caller): ConversationControl;
  /** The vault, for a caller that may see or rotate it. */
  vaultFor(actor: Actor): VaultControl;
  /** The personal keys, for a caller that may see or change them. */
  keysFor(actor: Actor): KeyControl;
  /**
   * The backups, for callers that may see or make them.
   * @throws NexusError `operation_unsupported`
   */
  backupsFor(actor: Actor): BackupControl;
  /** Who is told of each request, and of what is changed. Absent: nobody. */
  readonly audit?: Audit;
  /** What they were told, for callers that may see that. */
  readonly auditViews: AuditViews;
  /** What was said and what it cost, for callers that may see that. */
  readonly views: Views;
  /**
   * Where a validated request would go now, and why. Asks no provider and counts nothing.
   * @throws NexusError `unauthenticated`, `forbidden`
   */
  explainCall(call: Call): Promise<Explanation>;
  /** What requests with an `Idempotency-Key` were answered. @default of whoever brings them */
  readonly remembered?: RememberedAnswers;
  /** Sessions of browsers, which stand for keys. Absent: there are none. */
  readonly sessions?: ConsoleSessions;
  /** False once the hub is closing: it takes no new requests. */
  readonly isReady: boolean;
  /** How it does, for whoever watches it. Absent: nothing is known of that. */
  readonly health?: HubHealth;
  /** Where whoever brings requests logs, unless told otherwise. @default silent */
  readonly logger?: Logger;
  /** The time whoever brings requests goes by, unless told otherwise. @default the machine's */
  readonly clock?: Clock;
}
