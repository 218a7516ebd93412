import type { NexusErrorCode } from '../errors.ts';
import type { Usage } from '../openai/types.ts';
import type { Operation } from './router.ts';
import type { MatchedBy } from './session-tracker.ts';

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

/**
 * Where a usage comes from. `partial`: estimated over what was delivered before the answer broke. `cached`: it is that of
 * an answer which was made before, and nothing of it was used again.
 */
export type UsageProvenance = 'reported' | 'estimated' | 'partial' | 'absent' | 'cached';

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
  /** What the provider is: `openai`, `anthropic`. */
  readonly providerKind: string;
  readonly model: string;
  /** Which of the provider's keys was used. Absent: it has one, or none. */
  readonly keyId?: string | undefined;
  /** Milliseconds from the start of the request to the start of this attempt. */
  readonly startedAfterMs: number;
  /** Milliseconds until its first content, if any came. */
  readonly firstContentMs?: number | undefined;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly error?: NexusErrorCode | undefined;
  /** Never 0 for "not measured": `undefined` with provenance `absent` instead. */
  readonly usage: Usage | undefined;
  readonly usageProvenance: UsageProvenance;
  /**
   * Only where the hub counted (`estimated`, `partial`): whether all of it was counted in the model's own encoding, by a
   * formula that is published.
   */
  readonly usageIsExact?: boolean | undefined;
  /**
   * In nano-dollars, a whole number. Never 0 for "not known": `null` where there is no usage, or no price for what was
   * used.
   */
  readonly costNanoUsd: number | null;
  /** Which prices the cost was made of. `undefined` where there is none. */
  readonly priceVersion: string | undefined;
}

/** One target a request could go to, and what became of it. */
export interface Candidate {
  /** `provider/model` */
  readonly target: string;
  /** The model whose target it is: the one that was asked for, or one that may stand in. */
  readonly model: string;
  readonly tier: number;
  readonly weight: number;
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly verdict:
    /** It was asked: see the attempts. */
    | 'asked'
    /** Before anybody is asked: it would be the first, or it would back up those before it. */
    | 'asked_first'
    | 'backs_up'
    /** Its circuit is open. */
    | 'left_alone'
    /** It had no place to give in time. */
    | 'no_place'
    /** Somebody answered before it was its turn, or the search ended. */
    | 'not_needed'
    /** It serves the model, but not this request. */
    | 'left_out';
  /** Code of its failure, reason of its open circuit, or what of the request it is not for. */
  readonly why: string | undefined;
}

/** Where the answer to a request came from that nobody was asked for: the hub had kept it. */
export interface CachedFrom {
  /** Who had made it. */
  readonly providerId: string;
  /** What that provider is: `openai`, `anthropic`. */
  readonly providerKind: string;
  /** The name that provider knows. */
  readonly model: string;
  /** What it had cost, and did not cost again, in nano-dollars; `null` where that is not known. */
  readonly savedNanoUsd: number | null;
}

/** The one record a request leaves behind, whatever became of it. Holds no prompt and no answer. */
export interface RequestRecord {
  readonly requestId: string;
  readonly operation: Operation;
  readonly callerId: string | undefined;
  readonly conversationId: string | undefined;
  /** True when this request began its conversation. */
  readonly newConversation: boolean;
  /** By what it was found, and how sure that is (0 to 1). Absent: the session tracker does not tell. */
  readonly conversationMatchedBy?: MatchedBy | undefined;
  readonly conversationScore?: number | undefined;
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
  /** Every target that was looked at, in the order of the search. Only with the option `explain`. */
  readonly candidates?: readonly Candidate[] | undefined;
  /**
   * What all attempts used, as far as it is known. Never 0 for "not measured": `undefined` with provenance `absent` where
   * nobody knows what the attempt that answered used. With provenance `cached` it is what the kept answer had used, once.
   */
  readonly usage: Usage | undefined;
  /** `reported` where all of it was. */
  readonly usageProvenance: UsageProvenance;
  /** Only where the hub counted some of it: whether all that it counted is exact. */
  readonly usageIsExact?: boolean | undefined;
  /** What all attempts cost, as far as it is known; `null` where it is not for the one that answered. */
  readonly costNanoUsd: number | null;
  /** Of the attempt that answered. */
  readonly priceVersion: string | undefined;
  /** Only where the answer came out of the cache: then there are no attempts, and it cost 0. */
  readonly cached?: CachedFrom | undefined;
}

/** Takes the record of every request, once each. What it throws, or rejects with, is logged and goes no further. */
export interface StatsSink {
  record(record: RequestRecord): void;
}
