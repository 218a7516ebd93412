import { isJsonObject } from './json.ts';
import type { JsonObject, ToolCall } from './types.ts';

/** A call under way: everything but its growing text is replaced by what comes last. */
interface GrowingCall {
  members: JsonObject;
  payload: JsonObject;
  custom: boolean;
  text: string;
}

/** Collects the tool calls of a choice from deltas in normal form (dense indexes, id and name once). */
export class CallsCollector {
  readonly #calls = new Map<number, GrowingCall>();

  add(deltas: readonly unknown[]): void {
    for (const delta of deltas) if (isJsonObject(delta)) this.#add(delta);
  }

  /** The calls in the order of their indexes. */
  all(): ToolCall[] {
    const inOrder = [...this.#calls].sort(([a], [b]) => a - b);
    return inOrder.map(([, { members, payload, custom, text }]) => {
      const { id, index: _index, ...rest } = members;
      const { name, ...others } = payload;
      const named = { ...others, name: textOf(name) };
      return custom
        ? { ...rest, id: textOf(id), type: 'custom', custom: { ...named, input: text } }
        : { ...rest, id: textOf(id), type: 'function', function: { ...named, arguments: text } };
    });
  }

  #add(delta: JsonObject): void {
    const { function: called, custom, ...members } = delta;
    const call = this.#callAt(typeof delta['index'] === 'number' ? delta['index'] : 0);
    call.custom ||= isJsonObject(custom) || delta['type'] === 'custom';
    call.members = { ...call.members, ...members };
    const payload = isJsonObject(custom) ? custom : called;
    if (!isJsonObject(payload)) return;
    const { arguments: text, input, ...others } = payload;
    call.text += textOf(text) + textOf(input);
    call.payload = { ...call.payload, ...others };
  }

  #callAt(index: number): GrowingCall {
    const known = this.#calls.get(index);
    if (known) return known;
    const call: GrowingCall = { members: {}, payload: {}, custom: false, text: '' };
    this.#calls.set(index, call);
    return call;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
