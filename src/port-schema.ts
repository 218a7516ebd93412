import { z } from 'zod';

/** A value that fits a port, told by the verbs it must have. */
export function portSchema<T>(...verbs: readonly string[]): z.ZodType<T> {
  const fits = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    verbs.every((verb) => typeof Reflect.get(value, verb) === 'function');
  const named = verbs.map((verb) => `"${verb}"`).join(' and ');
  return z.custom<T>(fits, { message: `expected an object with the function ${named}` });
}
