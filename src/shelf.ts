import type { Call, ChatCall, EmbeddingCall, WholeBody } from './call.ts';
import type { KeptAnswer } from './kept-answer.ts';
import type { AttemptRecord, CachedFrom, CacheKey, Target, Usage } from './ports/index.ts';
import { answeringPlace } from './storage-kit/answering-attempt.ts';

/** A call whose answer may be kept. */
export type CacheableCall = ChatCall | EmbeddingCall;

/** An answer that was just made. */
export interface Made {
  readonly from: CachedFrom;
  readonly usage: Usage | undefined;
  readonly body: WholeBody;
}

/** What a shelf is a place in. */
export interface Shelves {
  find(key: CacheKey, operation: CacheableCall['operation']): Promise<KeptAnswer | undefined>;
  /** Never rejects. */
  keep(key: CacheKey, made: Made): void | Promise<void>;
  /** Characters an answer may have and still be kept. */
  readonly mostLength: number;
  /** Answers of one caller are given to others. */
  readonly isShared: boolean;
}

/** The place where the answer to one call lies, or is to lie. It knows nothing of what was said in the call. */
export class Shelf {
  readonly #shelves: Shelves;
  readonly #key: CacheKey;
  readonly #operation: CacheableCall['operation'];
  /** Those who may answer. What a model says that stands in for another is no answer of that. */
  readonly #makers: ReadonlySet<string>;

  constructor(shelves: Shelves, key: CacheKey, operation: CacheableCall['operation'], targets: readonly Target[]) {
    this.#shelves = shelves;
    this.#key = key;
    this.#operation = operation;
    this.#makers = new Set(targets.map(({ id }) => id));
  }

  get mostLength(): number {
    return this.#shelves.mostLength;
  }

  find(): Promise<KeptAnswer | undefined> {
    return this.#shelves.find(this.#key, this.#operation);
  }

  /**
   * The call as providers are asked. Where callers share their answers it goes out as it was looked up: of a text that
   * says a member twice a provider might read the other one, and the answer to that would be given to everybody.
   */
  toAsk(call: Call): Call {
    if (!this.#shelves.isShared) return call;
    if (call.operation === 'chat') return { ...call, request: { ...call.request } };
    return call.operation === 'embeddings' ? { ...call, request: { ...call.request } } : call;
  }

  /** Keeps an answer. Never rejects. */
  keep(body: WholeBody, attempts: readonly AttemptRecord[]): void | Promise<void> {
    const made = attempts[answeringPlace(attempts)];
    const isOneAnswer = attempts.every(({ reason }) => reason !== 'continuation');
    if (!made || !isOneAnswer || !this.#makers.has(made.target)) return undefined;
    const { providerId, providerKind, model, usage, costNanoUsd } = made;
    return this.#shelves.keep(this.#key, {
      from: { providerId, providerKind, model, savedNanoUsd: costNanoUsd },
      usage,
      body,
    });
  }
}
