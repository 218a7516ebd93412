import { CallsCollector } from './collect-calls.ts';
import { finishReasonOf } from './finish-reason.ts';
import { isJsonObject } from './json.ts';
import { LastMembers } from './last-members.ts';
import type { AssistantMessage, CompletionChoice, FinishReason, JsonObject, Logprobs, TokenLogprob } from './types.ts';

const OWN_MEMBERS: ReadonlySet<string> = new Set(['index', 'delta', 'message', 'finish_reason', 'logprobs']);
const OWN_PIECES: ReadonlySet<string> = new Set(['role', 'content', 'refusal', 'tool_calls']);

/** Objects that come in pieces, with their members that grow; the others are replaced. */
const GROWING: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['audio', new Set(['data', 'transcript'])],
  ['function_call', new Set(['arguments'])],
]);

/** Collects one choice of a stream; `Collector` has the rules. */
export class ChoiceCollector {
  readonly #members = new LastMembers(OWN_MEMBERS);
  readonly #pieces = new Map<string, unknown>();
  readonly #calls = new CallsCollector();
  #content = '';
  #refusal = '';
  #finish: FinishReason | undefined;
  #logprobs: Logprobs | null = null;

  add(choice: JsonObject): void {
    const { delta, finish_reason: finish, logprobs } = choice;
    this.#members.add(choice);
    this.#finish ??= finishReasonOf(finish, false);
    if (isJsonObject(logprobs)) this.#logprobs = joinedLogprobs(this.#logprobs, logprobs);
    if (isJsonObject(delta)) this.#addDelta(delta);
  }

  choice(index: number): CompletionChoice {
    const calls = this.#calls.all();
    const message: AssistantMessage = {
      ...Object.fromEntries(this.#pieces),
      role: 'assistant',
      content: this.#content || null,
      refusal: this.#refusal || null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return {
      ...this.#members.all(),
      index,
      message,
      finish_reason: this.#finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
      logprobs: this.#logprobs,
    };
  }

  #addDelta(delta: JsonObject): void {
    const { content, refusal, tool_calls: calls } = delta;
    if (typeof content === 'string') this.#content += content;
    if (typeof refusal === 'string') this.#refusal += refusal;
    if (Array.isArray(calls)) this.#calls.add(calls);
    for (const [name, piece] of Object.entries(delta)) {
      if (OWN_PIECES.has(name)) continue;
      const before = this.#pieces.get(name);
      const growing = GROWING.get(name);
      this.#pieces.set(name, growing ? joined(before, piece, growing) : appended(before, piece));
    }
  }
}

function joined(before: unknown, piece: unknown, growing: ReadonlySet<string>): unknown {
  if (!isJsonObject(piece)) return before ?? null;
  const result = new Map(Object.entries(isJsonObject(before) ? before : {}));
  for (const [name, value] of Object.entries(piece)) {
    const known = result.get(name);
    result.set(name, growing.has(name) ? appended(known, value) : (value ?? known ?? null));
  }
  return Object.fromEntries(result);
}

/** A piece of a member nobody here knows: text and lists go on, anything else is the new value. */
function appended(before: unknown, piece: unknown): unknown {
  if (piece === null || piece === undefined) return before ?? null;
  if (typeof before === 'string' && typeof piece === 'string') return before + piece;
  return isList(piece) ? extended(isList(before) ? before : [], piece) : piece;
}

function joinedLogprobs(before: Logprobs | null, piece: JsonObject): Logprobs {
  const { content, refusal, ...others } = piece;
  return {
    ...before,
    ...others,
    content: areTokens(content) ? extended(before?.content ?? [], content) : (before?.content ?? null),
    refusal: areTokens(refusal) ? extended(before?.refusal ?? [], refusal) : (before?.refusal ?? null),
  };
}

/** Grows a list in place: copied for every chunk, a long answer would cost its length squared. */
function extended<T>(list: T[], piece: readonly T[]): T[] {
  for (const item of piece) list.push(item);
  return list;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function areTokens(value: unknown): value is TokenLogprob[] {
  return Array.isArray(value);
}
