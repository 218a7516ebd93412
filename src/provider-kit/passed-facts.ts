import type { ForwardOperation } from '../openai/forward-operations.ts';
import { isJsonObject } from '../openai/json.ts';
import { usageOfPassed } from '../openai/passed-usage.ts';
import type { JsonObject, Usage } from '../openai/types.ts';
import { MOST_COUNTED_TEXT } from '../openai/usage.ts';
import type { ForwardFacts } from '../ports/index.ts';

/** Answers that are text of a model: they are counted where no usage is reported. */
const COUNTED: ReadonlySet<ForwardOperation> = new Set<ForwardOperation>(['completions', 'responses']);

/** What is known of an answer that is passed on, gathered from its JSON while it goes by. */
export class PassedFacts {
  readonly #isCounted: boolean;
  #usage: Usage | undefined;
  #text = '';
  #responseId: string | undefined;

  constructor(operation: ForwardOperation) {
    this.#isCounted = COUNTED.has(operation);
  }

  /** A whole answer, or one event of it; `response` of `/responses` stands one level deeper in its events. */
  add(value: JsonObject): void {
    const { response } = value;
    const whole = isJsonObject(response) ? response : value;
    this.#usage = usageOfPassed(whole['usage']) ?? this.#usage;
    if (whole['object'] === 'response' && typeof whole['id'] === 'string') this.#responseId = whole['id'];
    if (!this.#isCounted) return;
    if (Array.isArray(value['choices'])) for (const choice of value['choices']) this.#addText(choice, 'text');
    if (typeof value['type'] === 'string' && value['type'].endsWith('.delta')) this.#addText(value, 'delta');
    if (whole === value && Array.isArray(value['output'])) for (const item of value['output']) this.#addItem(item);
  }

  all(): ForwardFacts {
    return {
      usage: this.#usage,
      text: this.#isCounted ? this.#text : undefined,
      responseId: this.#responseId,
    };
  }

  /** An item of a whole response: a message, or the call of a tool. */
  #addItem(item: unknown): void {
    this.#addText(item, 'name');
    this.#addText(item, 'arguments');
    if (!isJsonObject(item) || !Array.isArray(item['content'])) return;
    for (const part of item['content']) this.#addText(part, 'text');
  }

  #addText(holder: unknown, name: string): void {
    const text = isJsonObject(holder) ? holder[name] : undefined;
    if (typeof text === 'string' && this.#text.length < MOST_COUNTED_TEXT) this.#text += text;
  }
}
