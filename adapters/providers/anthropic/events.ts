import type { JsonObject } from 'nexusai-hub/ports';
import {
  type AnswerDialect,
  collectChunks,
  type EventTranslation,
  isJsonObject,
  parseExact,
  type TranslatedEvent,
} from 'nexusai-hub/provider-kit';

import { OpenBlock } from './open-block.ts';
import { usageOfMessage } from './usage.ts';

/** Answers of `POST /messages`. `formatTool`: the tool whose arguments are the content of the answer. */
export function messagesDialect(formatTool: string | undefined): AnswerDialect {
  const stream = (): EventTranslation => {
    const events = new MessageEvents(formatTool);
    return (raw) => events.translated(raw);
  };
  return {
    stream,
    completion(raw, text) {
      const events = new MessageEvents(formatTool);
      return collectChunks(eventsOf(exact(raw, text)).flatMap((event) => events.translated(event).chunks));
    },
  };
}

/** Arguments are objects here and text for the caller: read once more, no number of theirs is printed otherwise. */
function exact(raw: JsonObject, text: () => string): JsonObject {
  const blocks = listIn(raw['content']);
  if (!blocks.some(({ type }) => type === 'tool_use')) return raw;
  const again = listIn(objectIn(parseExact(text()))['content']);
  const content = blocks.map((block, place) =>
    block['type'] === 'tool_use' ? { ...block, input: again[place]?.['input'] } : block,
  );
  return { ...raw, content };
}

/** The events a whole message could have come in. */
function eventsOf(message: JsonObject): JsonObject[] {
  const { content, usage, ...facts } = message;
  if (!Array.isArray(content)) return [];
  const blocks = listIn(content).flatMap((block, index) => [
    { type: 'content_block_start', index, content_block: block },
    { type: 'content_block_stop', index },
  ]);
  return [{ type: 'message_start', message: facts }, ...blocks, { type: 'message_delta', delta: facts, usage }];
}

/** One stream of Messages events (providers.md section 8.3). Kinds that are not known are passed over. */
class MessageEvents {
  readonly #formatTool: string | undefined;
  readonly #open = new Map<unknown, OpenBlock>();
  #toolCalls = 0;
  /** Numbers come in parts, each of them a running total. */
  #usage: JsonObject = {};
  #hasFormat = false;

  constructor(formatTool: string | undefined) {
    this.#formatTool = formatTool;
  }

  translated(event: JsonObject): TranslatedEvent {
    switch (event['type']) {
      case 'message_start':
        return { chunks: [this.#started(objectIn(event['message']))] };
      case 'content_block_start':
        return deltas(this.#begun(event['index'], objectIn(event['content_block'])));
      case 'content_block_delta':
        return deltas(this.#open.get(event['index'])?.add(objectIn(event['delta'])));
      case 'content_block_stop':
        return deltas(this.#closed(event['index']));
      case 'message_delta':
        return { chunks: this.#ended(objectIn(event['delta']), event['usage']) };
      case 'message_stop':
        return { chunks: [], isLast: true };
      default:
        return { chunks: [] };
    }
  }

  #started({ id, model, usage }: JsonObject): JsonObject {
    return { id, model, choices: [choiceWith({ role: 'assistant', content: '' })], ...this.#usageWith(usage) };
  }

  #begun(index: unknown, block: JsonObject): JsonObject | undefined {
    const isFormat = block['type'] === 'tool_use' && block['name'] === this.#formatTool;
    const open = new OpenBlock(block, this.#toolCalls, isFormat);
    this.#open.set(index, open);
    if (open.isToolCall) this.#toolCalls++;
    this.#hasFormat ||= isFormat;
    return open.begin();
  }

  #closed(index: unknown): JsonObject | undefined {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block?.end();
  }

  #ended(delta: JsonObject, usage: unknown): JsonObject[] {
    const { stop_reason: reason, stop_sequence: sequence, stop_details: details } = delta;
    const counted = this.#usageWith(usage);
    if (typeof reason !== 'string') return [{ choices: [], ...counted }];
    // Blocks that nobody closed: the answer is over all the same.
    const left = [...this.#open.keys()].flatMap((index) => deltas(this.#closed(index)).chunks);
    const finish = this.#hasFormat && reason === 'tool_use' ? 'stop' : reason;
    const choice = {
      ...choiceWith({}),
      finish_reason: finish,
      native_finish_reason: reason,
      ...(typeof sequence === 'string' ? { stop_sequence: sequence } : {}),
      ...(isJsonObject(details) ? { stop_details: details } : {}),
    };
    return [...left, { choices: [choice], ...counted }];
  }

  #usageWith(usage: unknown): { usage?: JsonObject } {
    if (!isJsonObject(usage)) return {};
    const told = Object.entries(usage).filter(([, value]) => value !== null);
    this.#usage = { ...this.#usage, ...Object.fromEntries(told) };
    return { usage: usageOfMessage(this.#usage) };
  }
}

function deltas(delta: JsonObject | undefined): TranslatedEvent {
  return { chunks: delta ? [{ choices: [choiceWith(delta)] }] : [] };
}

function choiceWith(delta: JsonObject): JsonObject {
  return { index: 0, delta, finish_reason: null };
}

function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
