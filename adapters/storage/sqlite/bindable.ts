import type { SqliteValue } from './driver.ts';

/** A value as SQLite keeps it. Drivers differ in what they take, and some throw in the middle of a batch. */
export function bindable(value: unknown): SqliteValue {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return Number(value);
    case 'undefined':
      return null;
    case 'object':
      if (value === null || value instanceof Uint8Array) return value;
      return value instanceof Date ? value.getTime() : JSON.stringify(value);
    case 'function':
    case 'symbol':
      throw new TypeError(`A ${typeof value} cannot be kept in a database.`);
  }
}
