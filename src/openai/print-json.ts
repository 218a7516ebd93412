import { NexusError } from '../errors.ts';

/**
 * A value as JSON. What was parsed can always be printed; a value of the own program may hold what JSON cannot say.
 * @throws NexusError `request_invalid`, with `param` in its details where one is given.
 */
export function printJson(value: unknown, param?: string): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const message =
      `${param ?? 'The request'} cannot be written as JSON: ` +
      'send a BigInt as a number or a text, and no object that holds itself.';
    throw new NexusError('request_invalid', message, param === undefined ? {} : { param }, cause);
  }
}

/** As `printJson`, for a request: the error names the member. */
export function printRequest(request: object): string {
  try {
    return printJson(request);
  } catch (error) {
    for (const [name, member] of Object.entries(request)) printJson(member, name);
    throw error;
  }
}
