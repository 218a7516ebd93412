import type { Usage } from 'nexusai-hub/ports';
import type { Dice } from './dice.ts';

/** What comes after the pieces of an answer that has begun. */
export type Ending = 'finish' | 'break' | 'end' | 'error event' | 'hang';

/** An answer, complete or not. */
export interface Answering {
  readonly does: 'answers';
  readonly afterMs: number;
  readonly gapMs: number;
  readonly pieces: number;
  readonly usage: Usage | undefined;
  readonly then: Ending;
}

/** An answer that is an error. */
export interface Refusing {
  readonly does: 'refuses';
  readonly afterMs: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a provider does with one attempt. */
export type Act =
  | Answering
  | Refusing
  | { readonly does: 'resets' | 'answers junk'; readonly afterMs: number }
  | { readonly does: 'says nothing'; readonly isDeaf: boolean }
  | { readonly does: 'throws' };

/** The act of a provider that is well. */
export const WELL: Answering = {
  does: 'answers',
  afterMs: 5,
  gapMs: 0,
  pieces: 2,
  usage: usageOf(3, 2),
  then: 'finish',
};

const STATUSES = [400, 401, 403, 404, 408, 409, 429, 429, 429, 500, 503, 503, 529] as const;

/** @param health part of the answers that come as they should, 0 to 1 */
export function actOf(dice: Dice, health: number, nowMs: number): Act {
  const afterMs = dice.pick([0, 0, 5, 40, 200, 1_500]);
  if (dice.chance(health)) return answering(dice, afterMs, 'finish');
  switch (dice.pick(['answers', 'answers', 'refuses', 'refuses', 'refuses', 'resets', 'silent', 'junk', 'throws'])) {
    case 'answers':
      return answering(dice, afterMs, dice.pick(['break', 'end', 'error event', 'hang']));
    case 'refuses':
      return { does: 'refuses', afterMs, status: dice.pick(STATUSES), headers: waitOf(dice, nowMs) };
    case 'resets':
      return { does: 'resets', afterMs };
    case 'silent':
      return { does: 'says nothing', isDeaf: dice.chance(0.5) };
    case 'junk':
      return { does: 'answers junk', afterMs };
    case 'throws':
      return { does: 'throws' };
  }
}

function answering(dice: Dice, afterMs: number, then: Ending): Answering {
  const pieces = dice.whole(0, 5);
  const usage = dice.chance(0.8) ? usageOf(dice.whole(1, 30), pieces) : undefined;
  return { does: 'answers', afterMs, gapMs: dice.pick([0, 0, 10, 120]), pieces, usage, then };
}

/** A wait, in one of the forms in which providers tell one. */
function waitOf(dice: Dice, nowMs: number): Record<string, string> {
  const seconds = dice.pick([0, 1, 2, 30, 7_200]);
  return dice.pick([
    {},
    {},
    { 'retry-after': String(seconds) },
    { 'retry-after': new Date(nowMs + seconds * 1_000).toUTCString() },
    { 'retry-after-ms': String(seconds * 100) },
    { 'retry-after': 'soon' },
    { 'retry-after': '-1' },
    { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' },
    { 'x-should-retry': 'false' },
    { 'x-should-retry': 'true' },
  ]);
}

function usageOf(prompt: number, completion: number): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
