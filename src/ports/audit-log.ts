/** How something ended. `refused`: it was turned away, and the one who asked would have to ask otherwise. */
export type AuditOutcome = 'ok' | 'refused' | 'failed' | 'cancelled';

/**
 * Who did what, when, and what came of it. No prompt, no key and no value of a header stands in it. Its texts hold no
 * character 0 and no halves of characters, its numbers are whole: they come back as they went in.
 */
export interface AuditEntry {
  /**
   * Made by the hub, unique for ever: an entry that comes a second time is the same one, and stands in the log once. Ids
   * begin with their time, and so grow.
   */
  readonly id: string;
  /** When it was over, or, of an action, was let begin; in Unix milliseconds. */
  readonly atMs: number;
  /** `request`: somebody asked over HTTP. `action`: something of the hub was changed. */
  readonly kind: 'request' | 'action';
  /** The id of the caller. `null`: nobody known, or the hub itself. */
  readonly actor: string | null;
  readonly role: string | null;
  /** `POST /v1/chat/completions`: method and route. `providers.update`: what was done. */
  readonly action: string;
  /** The path that was asked for, without its query; or the id of what was changed. */
  readonly target: string | null;
  readonly outcome: AuditOutcome;
  /** HTTP status of the answer. `null`: there was none. */
  readonly status: number | null;
  /** The code of the error it ended with. */
  readonly code: string | null;
  readonly requestId: string | null;
  /** The address of the client. */
  readonly address: string | null;
  readonly durationMs: number | null;
  /** More of it as JSON, secrets masked: `before` and `after` of an action, `content` of a request where that is wanted. */
  readonly details: string | null;
}

/** A place in the chain. */
export interface AuditLink {
  /** Counts from 1, without gaps. */
  readonly sequence: number;
  /** SHA-256 over the entry and the hash before it, in hexadecimal digits. See docs/audit.md. */
  readonly hash: string;
}

/** An entry in its place. */
export interface LinkedAuditEntry extends AuditEntry, AuditLink {
  readonly previousHash: string;
}

/** Which entries; what is left out does not limit. Times in Unix milliseconds, the end not included. */
export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly status?: number | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Stands, in whatever case its letters are, in actor, action, target, code, request id or address. */
  readonly search?: string | undefined;
  /** Only what stands before this sequence number: where the page before ended. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A part of a log, the newest first. */
export interface AuditPage {
  readonly data: readonly LinkedAuditEntry[];
  readonly hasMore: boolean;
}

/** Between what the chain runs, as the log itself remembers it. */
export interface AuditHead {
  /** What the first entry that is there follows. Sequence 0: nothing was ever taken out. */
  readonly checkpoint: AuditLink;
  /** The last one. The checkpoint where there is none. */
  readonly last: AuditLink;
}

/**
 * Keeps what happened, in a chain that shows what was changed in it. Several processes may append to one: each entry gets
 * its sequence number and the hash before it in the step that stores it. Nothing is ever changed, and what is taken out is
 * taken from the beginning.
 */
export interface AuditLog {
  /**
   * Stores all of them, in their order and one behind the other, or none. Those whose id is there already are passed
   * over. Once it resolves they outlive the process, as far as anything does here.
   */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Some of it, the newest first. */
  page(query: AuditQuery): Promise<AuditPage>;
  /** The entries behind this sequence number, in their order, `limit` at most. */
  after(sequence: number, limit: number): Promise<readonly LinkedAuditEntry[]>;
  head(): Promise<AuditHead>;
  /**
   * Takes out everything up to a place, which becomes the checkpoint. One step; nobody sees half of it.
   * @throws NexusError `conflict` where no entry is there with this hash.
   */
  remove(upTo: AuditLink): Promise<void>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
