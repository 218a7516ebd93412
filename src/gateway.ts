import type { Answer } from './answer.ts';
import type { BackupControl } from './backup-control.ts';
import type { Call } from './call.ts';
import type { CircuitControl } from './circuit-control.ts';
import type { ConversationControl } from './conversation-control.ts';
import type { Explanation } from './explain.ts';
import type { Admission, Arrival } from './door.ts';
import type { Caller, Clock, Credentials, Logger, ModelEntry } from './ports/index.ts';
import type { Views } from './views.ts';

/** What the hub offers to whoever brings requests to it, over HTTP or otherwise. */
export interface Gateway {
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
   * Who shows these credentials.
   * @throws NexusError `unauthenticated`
   */
  identify(credentials: Credentials): Promise<Caller>;
  /**
   * Models this caller may use.
   * @throws NexusError `unauthenticated`
   */
  listModels(credentials: Credentials): Promise<readonly ModelEntry[]>;
  /**
   * The circuits, for callers that may see and hold them.
   * @throws NexusError `unauthenticated`, `forbidden` unless the caller is an admin
   */
  circuitsFor(credentials: Credentials): Promise<CircuitControl>;
  /**
   * The conversations, for their callers and for admins.
   * @throws NexusError `unauthenticated`
   */
  conversationsFor(credentials: Credentials): Promise<ConversationControl>;
  /**
   * The backups, for callers that may see and make them.
   * @throws NexusError `unauthenticated`, `forbidden` unless the caller is an admin, `operation_unsupported`
   */
  backupsFor(credentials: Credentials): Promise<BackupControl>;
  /**
   * What was said and what it cost, for callers that may see all of it.
   * @throws NexusError `unauthenticated`, `forbidden` unless the caller is an admin
   */
  viewsFor(credentials: Credentials): Promise<Views>;
  /**
   * Where a validated request would go now, and why. Asks no provider and counts nothing.
   * @throws NexusError `unauthenticated`, `forbidden` unless the caller is an admin
   */
  explainCall(call: Call): Promise<Explanation>;
  /** False once the hub is closing: it takes no new requests. */
  readonly isReady: boolean;
  /** Where whoever brings requests logs, unless told otherwise. @default silent */
  readonly logger?: Logger;
  /** The time whoever brings requests goes by, unless told otherwise. @default the machine's */
  readonly clock?: Clock;
}
