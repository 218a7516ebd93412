import type { Caller, Credentials } from './ports/authenticator.ts';

/** How high and how low a request may say it is. */
export const MOST_PRIORITY = 100;

/** What a priority has to be, for messages. */
export const PRIORITY_RULE: string = `a whole number from -${MOST_PRIORITY} to ${MOST_PRIORITY}`;

/** Whether a request may say this of itself. */
export function isPriority(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MOST_PRIORITY;
}

/**
 * The priority of a request: its caller's, or what it asks for if that is lower. Requests of the own program get what
 * they ask for.
 */
export function priorityOf(caller: Caller | undefined, asked: number | undefined, { via }: Credentials): number {
  const own = caller?.priority ?? 0;
  if (asked === undefined) return own;
  return via === 'process' ? asked : Math.min(own, asked);
}
