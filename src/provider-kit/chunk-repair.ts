import { randomUUID } from 'node:crypto';

import { NexusError, type NexusErrorCode } from '../errors.ts';
import { failureOfFinish, finishReasonOf } from '../openai/finish-reason.ts';
import { isJsonObject } from '../openai/json.ts';
import type { ChatChunk, ChunkChoice, FinishReason, JsonObject } from '../openai/types.ts';
import { usageOf } from '../openai/usage.ts';
import { withWireText } from '../openai/wire-text.ts';
import { ChoiceState } from './chunk-delta.ts';
import {
  type ChunkHead,
  fingerprintOf,
  isIndex,
  isNormalChoice,
  isNormalChunk,
  isSameList,
  isSeconds,
  isText,
  isUsageChunk,
  memberOf,
  notesOf,
  rebuiltChoice,
  saysSomething,
} from './chunk-parts.ts';

/** What a stream is given where the provider leaves it out. */
export interface ChunkDefaults {
  /** The model that was asked for. */
  readonly model: string;
  /** Unix time in seconds. */
  readonly created: number;
}

/**
 * Brings the chunks of one stream to normal form: one id, model and time; role and finish once per choice; usage last,
 * once. A chunk that is in that form already is handed on as it is, with its text: on the clean path this costs a few
 * comparisons.
 */
export class ChunkRepair {
  readonly #defaults: ChunkDefaults;
  readonly #choices = new Map<number, ChoiceState>();
  #head: ChunkHead | undefined;
  /** Chunks without choices that came before the head was known: Azure's first event has no id. */
  #early: JsonObject[] = [];
  #usageChunk: ChatChunk | undefined;
  /** What is said about a choice after its finish; goes on the chunk, because nothing of a choice follows its finish. */
  #note: JsonObject | undefined;
  #failure: { readonly code: NexusErrorCode; readonly native: string } | undefined;

  constructor(defaults: ChunkDefaults) {
    this.#defaults = defaults;
  }

  /** True when something of an answer came. */
  get hasBegun(): boolean {
    return this.#choices.size > 0;
  }

  /** True when every choice that began has finished. */
  get isComplete(): boolean {
    let hasFinished = false;
    for (const choice of this.#choices.values()) {
      if (choice.hasBegun && !choice.isFinished) return false;
      hasFinished ||= choice.isFinished;
    }
    return hasFinished;
  }

  /**
   * Adds the chunk, in normal form, to `into`. `text` is what it was parsed from, if it came as it is.
   * @throws NexusError when its finish reason reports a failure; what the chunk brought besides is in `into`.
   */
  add(raw: JsonObject, text: string | undefined, into: ChatChunk[]): void {
    const choices = this.#normalChoices(raw['choices']);
    const usage = raw['usage'];
    if (choices.length === 0) {
      if (usage !== undefined && usage !== null) this.#keepUsage(raw, usage, text);
      else if (!Array.isArray(raw['choices'])) return;
      else if (this.#head) into.push(this.#chunk(raw, choices, text));
      else this.#early.push(raw);
      return;
    }

    if (!this.#head) this.#begin(raw, into);
    const chunk = this.#chunk(raw, choices, text);
    if (usage !== undefined && usage !== null) this.#keepUsage(raw, usage, undefined);
    else if (raw['x_groq'] !== undefined) this.#keepUsage(raw, memberOf(raw['x_groq'], 'usage'), undefined);
    if (!this.#failure) into.push(chunk);
    else this.#fail(chunk, into);
  }

  /** The end mark came: finishes what the provider left open, and closes with the usage. */
  finish(into: ChatChunk[]): void {
    for (const [index, choice] of this.#choices) {
      if (!choice.hasBegun || choice.isFinished) continue;
      choice.isFinished = true;
      const reason = choice.hasToolCalls ? 'tool_calls' : 'stop';
      into.push({ ...this.#knownHead({}), choices: [{ index, delta: {}, finish_reason: reason }] });
    }
    this.closeWithUsage(into);
  }

  /** Adds the usage, if there was one. Also before an error: what was used was used. */
  closeWithUsage(into: ChatChunk[]): void {
    if (!this.#usageChunk) return;
    into.push(this.#usageChunk);
    this.#usageChunk = undefined;
  }

  #chunk(raw: JsonObject, choices: ChunkChoice[], text: string | undefined): ChatChunk {
    const head = this.#knownHead(raw);
    if (isNormalChunk(raw, head, choices)) return text === undefined ? raw : withWireText(raw, text);
    const { usage: _usage, ...rest } = raw;
    const note = this.#note;
    this.#note = undefined;
    return { ...rest, ...note, ...head, choices };
  }

  /** The head is fixed with the first choice: before that an id may still come. */
  #begin(raw: JsonObject, into: ChatChunk[]): void {
    const early = this.#early;
    const head = this.#knownHead([raw, ...early].find((chunk) => isText(chunk['id'])) ?? raw);
    for (const chunk of early) into.push({ ...chunk, ...head, choices: [] });
    this.#early = [];
  }

  #knownHead(raw: JsonObject): ChunkHead {
    this.#head ??= {
      id: isText(raw['id']) ? raw['id'] : `chatcmpl-${randomUUID()}`,
      object: 'chat.completion.chunk',
      created: isSeconds(raw['created']) ? Math.trunc(raw['created']) : this.#defaults.created,
      model: isText(raw['model']) ? raw['model'] : this.#defaults.model,
    };
    return this.#head;
  }

  #normalChoices(raw: unknown): ChunkChoice[] {
    if (!Array.isArray(raw)) return [];
    const choices: ChunkChoice[] = [];
    for (const [place, value] of raw.entries()) {
      const choice = isJsonObject(value) ? this.#choice(value, place) : undefined;
      if (choice) choices.push(choice);
    }
    return isSameList(raw, choices) ? raw : choices;
  }

  /** `undefined`: nothing of the answer, only a note on a choice that has finished (Azure's asynchronous filter). */
  #choice(raw: JsonObject, place: number): ChunkChoice | undefined {
    const index = isIndex(raw['index']) ? raw['index'] : place;
    let state = this.#choices.get(index);
    if (!state) this.#choices.set(index, (state = new ChoiceState()));
    // A server that answers a stream with one whole completion as its only event has a message instead.
    const rawDelta = raw['delta'] ?? raw['message'];
    if (raw['usage'] !== undefined) this.#keepUsage(raw, raw['usage'], undefined);
    // A second finish, or a filter's afterthought.
    if (state.isFinished && !(isJsonObject(rawDelta) && saysSomething(rawDelta))) {
      this.#note = notesOf(raw);
      return undefined;
    }
    const delta = isJsonObject(rawDelta) ? state.delta(rawDelta) : {};
    const native = raw['finish_reason'];
    const finish = native === undefined || native === null ? null : this.#finishOf(native, state);
    if (isNormalChoice(raw, index, delta, finish)) return raw;
    return rebuiltChoice(raw, index, delta, finish);
  }

  #finishOf(native: unknown, state: ChoiceState): FinishReason | null {
    const failure = failureOfFinish(native);
    if (failure) {
      this.#failure = { code: failure, native: String(native) };
      return null;
    }
    // Only the first counts.
    const reason = state.isFinished ? undefined : finishReasonOf(native, state.hasToolCalls);
    if (reason === undefined) return null;
    state.isFinished = true;
    return reason;
  }

  /** The last one counts; running totals and repeats never add up. `text`: the chunk has nothing but its usage. */
  #keepUsage(raw: JsonObject, found: unknown, text: string | undefined): void {
    const usage = usageOf(found);
    if (!usage) return;
    const head = this.#knownHead(raw);
    if (text !== undefined && isUsageChunk(raw, head, usage)) this.#usageChunk = withWireText(raw, text);
    else this.#usageChunk = { ...head, ...fingerprintOf(raw), choices: [], usage };
  }

  #fail(chunk: ChatChunk, into: ChatChunk[]): void {
    if (chunk.choices.some((choice) => saysSomething(choice.delta))) into.push(chunk);
    const { code, native } = this.#failure ?? { code: 'provider_unavailable', native: '' };
    const details = { providerStatus: 200, providerCode: native };
    throw new NexusError(code, `The provider gave up in the middle of its answer (${native}).`, details);
  }
}
