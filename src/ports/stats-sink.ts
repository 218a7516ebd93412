import type { NexusErrorCode } from '../errors.ts';
import type { Usage } from '../openai/types.ts';
import type { Operation } from './router.ts';

/** How a request ended. */
export type Outcome =
  /** The whole answer was delivered. */
  | 'ok'
  /** Nothing of an answer was delivered. */
  | 'error'
  /** The caller left, or stopped reading. */
  | 'aborted'
  /** A part was delivered, then it broke. */
  | 'partial';

/** Where a usage comes from. `partial`: estimated over what was delivered before the answer broke. */
export type UsageProvenance = 'reported' | 'estimated' | 'partial' | 'absent';

/**
 * Why an attempt was made: it was the first; the next target was asked; the same one was asked again; another model
 * took over; it was asked beside a slow one; or it goes on with an answer that broke off.
 */
export type AttemptReason = 'first' | 'next' | 'again' | 'fallback' | 'hedge' | 'continuation';

/** One attempt of a request. */
export interface AttemptRecord {
  readonly reason: AttemptReason;
  /** `provider/model` */
  readonly target: string;
  readonly providerId: string;
  readonly model: string;
  /** Milliseconds from the start of the request to the start of this attempt. */
  readonly startedAfterMs: number;
  /** Milliseconds until its first content, if any came. */
  readonly firstContentMs?: number | undefined;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly error?: NexusErrorCode | undefined;
}

/** The one record a request leaves behind, whatever became of it. Holds no prompt and no answer. */
export interface RequestRecord {
  readonly requestId: string;
  readonly operation: Operation;
  readonly callerId: string | undefined;
  readonly conversationId: string | undefined;
  /** True when this request began its conversation. */
  readonly newConversation: boolean;
  /** The model name the caller used. */
  readonly model: string;
  readonly streamed: boolean;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly firstContentMs?: number | undefined;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly error?: NexusErrorCode | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** Never 0 for "not measured": `undefined` with provenance `absent` instead. */
  readonly usage: Usage | undefined;
  readonly usageProvenance: UsageProvenance;
}

/** Takes the record of every request, once each. What it throws is logged and goes no further. */
export interface StatsSink {
  record(record: RequestRecord): void;
}
