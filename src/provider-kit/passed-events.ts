import type { NexusError } from '../errors.ts';
import type { ForwardOperation } from '../openai/forward-operations.ts';
import { isJsonObject } from '../openai/json.ts';
import type { ServerEvent } from '../openai/read-stream.ts';
import type { JsonObject } from '../openai/types.ts';
import { DONE_EVENT } from '../openai/write-stream.ts';
import { errorFields } from './error-fields.ts';
import { emptyStream, type EventHandling, interrupted, jsonOfEvent, unreadable } from './event-stream.ts';
import { PassedFacts } from './passed-facts.ts';
import type { Secret } from './secret.ts';

/** How the events of one answer are to be read. */
export interface PassedEventRules {
  readonly operation: ForwardOperation;
  /** True: the caller did not ask for the usage that we asked for; its chunk is kept back. */
  readonly hidesUsage: boolean;
  readonly key: Secret | undefined;
  readonly providerStatus: number;
  /** The error that a body stands for. */
  readonly errorOf: (body: unknown) => NexusError;
}

/** Types of the events that end an answer (providers.md 3.6 and 3.7), where an operation has such. */
const ENDS: Partial<Record<ForwardOperation, RegExp>> = {
  responses: /^response\.(?:completed|incomplete)$/,
  image_generations: /^image_generation\.completed$/,
  image_edits: /^image_edit\.completed$/,
  speech: /^speech\.audio\.done$/,
  transcriptions: /^transcript\.text\.done$/,
  translations: /^transcript\.text\.done$/,
};

/** Several pictures end one by one; the last one ends with the body. */
const HAS_ONE_END: ReadonlySet<ForwardOperation> = new Set<ForwardOperation>([
  'responses',
  'speech',
  'transcriptions',
  'translations',
]);

/** They say that work has begun: a provider that then gives up has given nothing (fixture azure/responses-stream-…). */
const BEGINNINGS = /^(?:response\.(?:created|queued|in_progress)|keepalive)$/;

/**
 * Passes events on with their data untouched, and holds the answer to its end. Until there is content they are kept
 * back, so that another provider can still be asked.
 */
export class PassedEvents implements EventHandling<string> {
  readonly facts: PassedFacts;
  readonly #rules: PassedEventRules;
  readonly #begun = new Set<unknown>();
  readonly #finished = new Set<unknown>();
  #held: string[] | undefined = [];
  #hasEvents = false;
  #hasEnd = false;

  constructor(rules: PassedEventRules) {
    this.#rules = rules;
    this.facts = new PassedFacts(rules.operation);
  }

  add(event: ServerEvent, pieces: string[]): boolean {
    const { operation, key } = this.#rules;
    if (event.data === '[DONE]') return this.#done(pieces);
    const value = jsonOfEvent(event, key);
    if (value === undefined) return false;
    this.#throwIfError(event, value);
    if (!isJsonObject(value)) throw unreadable('The provider sent an event that is not an object.');
    this.#hasEvents = true;
    this.facts.add(value);
    const hasContent = operation === 'completions' ? this.#addChoices(value) : !BEGINNINGS.test(typeOf(event, value));
    if (!this.#isHidden(value)) this.#hand(textOf(event), hasContent, pieces);
    if (ENDS[operation]?.test(typeOf(event, value))) this.#hasEnd = true;
    return this.#hasEnd && HAS_ONE_END.has(operation);
  }

  end(pieces: string[]): void {
    if (!this.#hasEvents) throw emptyStream();
    const { operation, providerStatus } = this.#rules;
    const isComplete =
      operation === 'completions'
        ? this.#begun.size > 0 && this.#finished.size === this.#begun.size
        : this.#hasEnd || ENDS[operation] === undefined;
    if (!isComplete) throw interrupted(providerStatus);
    this.#hand(operation === 'completions' ? DONE_EVENT : '', true, pieces);
  }

  broken(): void {
    // What is held back is no answer, and what was not, has been handed out.
  }

  /** Completions end so. Others need not, and are complete only by an event of their own. */
  #done(pieces: string[]): boolean {
    if (this.#rules.operation !== 'completions') this.end(pieces);
    else if (!this.#hasEvents) throw emptyStream();
    else this.#hand(DONE_EVENT, true, pieces);
    return true;
  }

  #hand(text: string, hasContent: boolean, pieces: string[]): void {
    if (this.#held && !hasContent) {
      this.#held.push(text);
      return;
    }
    if (this.#held) pieces.push(...this.#held);
    this.#held = undefined;
    if (text !== '') pieces.push(text);
  }

  /** True when a choice has text, or ends. */
  #addChoices({ choices }: JsonObject): boolean {
    let hasContent = false;
    for (const choice of Array.isArray(choices) ? (choices as unknown[]) : []) {
      if (!isJsonObject(choice)) continue;
      const { index, text, finish_reason: finish } = choice;
      this.#begun.add(index);
      if (finish) this.#finished.add(index);
      hasContent ||= Boolean(text) || Boolean(finish);
    }
    return hasContent;
  }

  #isHidden({ choices, usage }: JsonObject): boolean {
    return this.#rules.hidesUsage && isJsonObject(usage) && Array.isArray(choices) && choices.length === 0;
  }

  #throwIfError(event: ServerEvent, value: unknown): void {
    const { operation, errorOf } = this.#rules;
    const type = typeOf(event, value);
    if (type === 'error' || (isJsonObject(value) && value['error'])) throw errorOf(value);
    if (type === 'response.failed' && isJsonObject(value) && isJsonObject(value['response']))
      throw errorOf({ error: value['response']['error'] ?? { message: 'The response failed.' } });
    // Elsewhere events have members of the names that make a flat error.
    if (operation === 'completions' && errorFields(value)) throw errorOf(value);
  }
}

/** The event's own name, or what its data says. */
function typeOf({ event }: ServerEvent, value: unknown): string {
  const type = isJsonObject(value) ? value['type'] : undefined;
  return event ?? (typeof type === 'string' ? type : '');
}

/** The event as it came, framed anew. */
function textOf({ data, event }: ServerEvent): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}data: ${data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data}\n\n`;
}
