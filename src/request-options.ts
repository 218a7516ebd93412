import type { CacheWish } from './cache-wish.ts';
import { CACHE_WISH_RULE, isCacheWish } from './cache-wish.ts';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';
import { isPriority, PRIORITY_RULE } from './priority.ts';

/** What a call from the own program may add to its body. */
export interface RequestOptions {
  /** Aborts the request, before or during its answer. */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * Milliseconds until a stream has begun, or a whole answer is there; then the call fails with `deadline_exceeded`.
   * @default the hub's own limits only
   */
  readonly timeout?: number | undefined;
  /** The conversation it belongs to. @default a new one */
  readonly conversationId?: string | undefined;
  /**
   * Puts what was said in the conversation before the messages, which are only the new ones then. Needs `conversationId`,
   * and the option `sessions.history` of the hub. @default false
   */
  readonly includeHistory?: boolean | undefined;
  /** From -100 to 100; higher goes first where requests wait, and is turned away later. @default 0 */
  readonly priority?: number | undefined;
  /**
   * What it asks of the hub's cache: `no-store`, neither answered from it nor kept; `no-cache`, asked anew, and kept;
   * `only-if-cached`, answered from it or not at all (`not_cached`). @default a kept answer is as good as a new one
   */
  readonly cache?: CacheWish | undefined;
}

/** What each option has to be; `undefined` is always left out. */
const RULES: ReadonlyMap<string, readonly [rule: string, fits: (value: unknown) => boolean]> = new Map([
  ['signal', ['an AbortSignal', isSignal] as const],
  ['timeout', [`milliseconds from 1 to ${LONGEST_TIMER_MS}`, isTimeout] as const],
  ['conversationId', ['a text of 1 to 128 characters', isId] as const],
  ['includeHistory', ['true or false', (value: unknown) => typeof value === 'boolean'] as const],
  ['priority', [PRIORITY_RULE, isPriority] as const],
  ['cache', [CACHE_WISH_RULE, isCacheWish] as const],
]);

/**
 * Checks the options of a call: what is not known is refused, not passed over.
 * @throws TypeError naming the option and its rule.
 */
export function checkRequestOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `The options of a call must be an object, or left out (got ${options === null ? 'null' : typeof options}).`,
    );
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const known = RULES.get(name);
    if (!known) {
      const names = [...RULES.keys()].join(', ');
      throw new TypeError(`The option "${name}" of a call is not known here. There are: ${names}.`);
    }
    const [rule, fits] = known;
    if (!fits(value)) throw new TypeError(`The option "${name}" of a call must be ${rule}.`);
  }
}

/** By its shape: programs bring signals of other realms. */
function isSignal(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && 'aborted' in value && 'addEventListener' in value;
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value >= 1 && value <= LONGEST_TIMER_MS;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= 128;
}
