import { randomUUID } from 'node:crypto';
import { Brackets } from './brackets.ts';
import { isJsonObject } from './json.ts';
import type { ToolDelta } from './tool-delta.ts';
import { continuingDelta, openingDelta, readToolDelta } from './tool-delta.ts';
import type { ToolCallDelta } from './types.ts';

/** A call as far as it has come. */
interface Call {
  /** Place in the answer, from 0 without gaps. */
  readonly index: number;
  readonly id: string;
  /** Whether the provider gave it an id. */
  hasOwnId: boolean;
  name: string;
  text: string;
  readonly brackets: Brackets;
}

/**
 * Follows the tool calls of one choice and brings its deltas to normal form: dense indexes, id and name once, a type.
 *
 * A delta belongs to the call whose id it carries; with a new id it opens a call, also at an index that is in use (only
 * arguments without a name, for a call that waits for some, are no call). Without an id it belongs to the call at its index, with neither to the last call. A delta that names a function goes
 * on with a call of that name only while that call's arguments are not whole; otherwise it opens one. A missing id is
 * made up. Arguments are opaque: they are only looked at to see whether their brackets are closed.
 */
export class ToolCallTracker {
  readonly #calls: Call[] = [];
  readonly #byId = new Map<string, Call>();
  readonly #byIndex = new Map<number, Call>();
  #current: Call | undefined;

  /** How many calls the choice has made so far. */
  get count(): number {
    return this.#calls.length;
  }

  /**
   * The deltas in normal form: the same array when nothing had to change. Deltas that add nothing are left out, so that
   * the result may be empty.
   */
  track(deltas: readonly unknown[]): ToolCallDelta[] {
    const normal: ToolCallDelta[] = [];
    for (const raw of deltas) {
      const delta = isJsonObject(raw) ? this.#follow(readToolDelta(raw)) : undefined;
      if (delta) normal.push(delta);
    }
    return isSame(deltas, normal) ? deltas : normal;
  }

  #follow(delta: ToolDelta): ToolCallDelta | undefined {
    const known = this.#callOf(delta);
    const call = known ?? this.#open(delta);
    this.#current = call;
    // An index that only drifted there says nothing about the next delta at it.
    if (delta.index !== undefined && (delta.id !== '' || !known)) this.#byIndex.set(delta.index, call);
    if (known && isRepeated(delta, known)) return undefined;
    const addsName = call.name === '' && delta.name !== '';
    if (addsName) call.name = delta.name;
    call.text += delta.text;
    call.brackets.add(delta.text);
    return known ? continuingDelta(delta, call.index, addsName) : openingDelta(delta, call.index, call.id);
  }

  /** The call a delta goes on with; `undefined` when it opens one. */
  #callOf(delta: ToolDelta): Call | undefined {
    const placed = delta.index === undefined ? this.#current : this.#byIndex.get(delta.index);
    if (delta.id === '') {
      // A continuation at an index nobody opened: the index drifted.
      if (delta.name === '') return placed ?? this.#current;
      return placed && goesOn(placed, delta) ? placed : undefined;
    }
    const known = this.#byId.get(delta.id);
    if (known) return goesOn(known, delta) || isRepeated(delta, known) ? known : undefined;
    if (!placed || delta.name !== '') return undefined;
    // The id of a call that was opened without one comes late; or every fragment has an id of its own.
    if (placed.hasOwnId && (delta.text === '' || placed.brackets.closed)) return undefined;
    placed.hasOwnId = true;
    this.#byId.set(delta.id, placed);
    return placed;
  }

  #open(delta: ToolDelta): Call {
    // Two calls of one id could not be told apart when their results come back.
    const hasOwnId = delta.id !== '' && !this.#byId.has(delta.id);
    const call: Call = {
      index: this.#calls.length,
      id: hasOwnId ? delta.id : `call_${randomUUID().replaceAll('-', '')}`,
      hasOwnId,
      name: '',
      text: '',
      brackets: new Brackets(),
    };
    this.#calls.push(call);
    this.#byId.set(delta.id === '' ? call.id : delta.id, call);
    return call;
  }
}

/** Whether a delta can be more of this call: it names none, or the same one, which still waits for arguments. */
function goesOn(call: Call, delta: ToolDelta): boolean {
  if (delta.name === '' || call.name === '') return true;
  return delta.name === call.name && (delta.text === '' || !call.brackets.closed);
}

/** A whole call that is sent again, as some servers do at the end. */
function isRepeated(delta: ToolDelta, call: Call): boolean {
  return delta.id !== '' && delta.text !== '' && call.brackets.closed && delta.text === call.text;
}

function isSame(deltas: readonly unknown[], normal: readonly ToolCallDelta[]): deltas is ToolCallDelta[] {
  return deltas.length === normal.length && normal.every((delta, place) => delta === deltas[place]);
}
