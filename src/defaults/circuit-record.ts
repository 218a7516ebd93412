import { isJsonObject } from '../openai/json.ts';

/** What processes tell each other of a circuit. All times are absolute: a copy of a record ends when the first does. */
export interface CircuitRecord {
  /** When it was written. */
  readonly atMs: number;
  /** When it opened or closed last. */
  readonly movedAtMs: number;
  /** Open until then; 0: closed. */
  readonly retryAtMs: number;
  readonly why: 'failures' | 'key';
  /** Not to be asked before; 0: nothing was told. */
  readonly toldUntilMs: number;
}

/** How somebody holds a circuit, and since when; `auto`: nobody does any more. */
export interface CircuitHold {
  readonly how: 'open' | 'closed' | 'auto';
  readonly atMs: number;
}

/** Reads a record; `undefined` for what is none: another version may have written it. */
export function recordIn(text: string): CircuitRecord | undefined {
  const value = parsed(text);
  const [atMs, movedAtMs, retryAtMs, toldUntilMs] = ['atMs', 'movedAtMs', 'retryAtMs', 'toldUntilMs'].map((name) =>
    timeIn(value[name]),
  );
  const { why } = value;
  if (atMs === undefined || movedAtMs === undefined || retryAtMs === undefined || toldUntilMs === undefined)
    return undefined;
  return why === 'failures' || why === 'key' ? { atMs, movedAtMs, retryAtMs, why, toldUntilMs } : undefined;
}

/** Reads a hold; `undefined` for what is none. */
export function holdIn(text: string): CircuitHold | undefined {
  const { how, atMs } = parsed(text);
  const time = timeIn(atMs);
  const isHow = how === 'open' || how === 'closed' || how === 'auto';
  return isHow && time !== undefined ? { how, atMs: time } : undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function timeIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
