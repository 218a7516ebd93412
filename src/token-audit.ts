import type { Call } from './call.ts';
import { countPrompt } from './count-prompt.ts';
import { countTexts } from './count-texts.ts';
import { RecentMap } from './defaults/recent-map.ts';
import { encodingOf } from './openai/tokens/encodings.ts';
import { MOST_COUNTED_TEXT } from './openai/usage.ts';
import type { Clock, Logger, TokenCount, TokenCounter, Usage } from './ports/index.ts';
import type { SideAccuracy } from './token-accuracy.ts';
import { SampleWindow } from './token-accuracy.ts';

/** The two sides of an answer. */
export type TokenSide = 'prompt' | 'completion';

/** How well the hub counts one model's tokens. A side of which nothing was compared is `undefined`. */
export type TokenAccuracy = Readonly<Record<TokenSide, SideAccuracy | undefined>>;

/** An answer with the usage its provider reported. */
export interface ReportedAnswer {
  readonly call: Call;
  /** The model that answered, by the name that says most of how it counts. */
  readonly model: string;
  readonly usage: Usage;
  /** What the model said; `undefined` where that is more than plain text, and cannot be compared. */
  readonly text: string | undefined;
}

/** Models remembered: their names come from callers. */
const MOST_MODELS = 500;
/** Answers counted at the same time; of those that come meanwhile none is taken. */
const MOST_AT_ONCE = 2;
/** So often an answer of a busy model is compared: each takes a millisecond. Where none was for a while, so many in a row. */
const EVERY_MS = 500;
const MOST_IN_A_ROW = 10;
/** Tokens counted in a millisecond. One with more of them counts for several. */
const TOKENS_OF_ONE = 1_000;

/**
 * Holds the hub's own counts against what providers report, for some of the answers, after they are over. It tells how
 * exact counts are, and corrects those of models whose encoding is not known.
 */
export class TokenAudit {
  readonly #counter: TokenCounter;
  readonly #share: number;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #windows = new RecentMap<string, Record<TokenSide, SampleWindow>>(MOST_MODELS);
  /** When all that was compared of a model would have been, one every so often. */
  readonly #dueMs = new RecentMap<string, number>(MOST_MODELS);
  #underWay = 0;

  /** @param share part of the answers that is compared, 0 to 1. */
  constructor(counter: TokenCounter, share: number, random: () => number, logger: Logger, clock: Clock) {
    this.#counter = counter;
    this.#share = share;
    this.#random = random;
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * Whether the answer that is just over is to be compared.
   * @param model the name the caller used.
   */
  wantsOne(model: string): boolean {
    return this.#share > 0 && this.#underWay < MOST_AT_ONCE && this.#random() < this.#share && this.#isDue(model);
  }

  /** Counts an answer and compares. Never rejects. */
  async compare({ call, model, usage, text }: ReportedAnswer): Promise<void> {
    this.#underWay++;
    let counted = 0;
    try {
      const prompt = await countPrompt(this.#counter, call, model);
      counted += prompt.tokens;
      if (prompt.isWhole) this.#take(model, 'prompt', prompt, usage.prompt_tokens);
      if (text === undefined || text.length >= MOST_COUNTED_TEXT || saysMore(usage)) return;
      const completion = await countTexts(this.#counter, [text], model);
      counted += completion.tokens;
      this.#take(model, 'completion', completion, usage.completion_tokens);
    } catch (cause) {
      this.#logger.warn({ model, cause }, 'tokens could not be compared');
    } finally {
      this.#countFor(call.request.model, Math.max(0, counted / TOKENS_OF_ONE - 1));
      this.#underWay--;
    }
  }

  /** A count as the hub tells it: corrected where the model's encoding is not known and enough was reported. */
  corrected(model: string, side: TokenSide, { tokens, exact }: TokenCount): number {
    if (!isCorrected(model, exact)) return tokens;
    return Math.round(tokens * (this.#windows.get(model)?.[side].correction ?? 1));
  }

  /** By the model's name. */
  accuracy(): Readonly<Record<string, TokenAccuracy>> {
    return Object.fromEntries(
      [...this.#windows.entries()].map(([model, { prompt, completion }]) => [
        model,
        { prompt: prompt.accuracy(), completion: completion.accuracy() },
      ]),
    );
  }

  #isDue(model: string): boolean {
    const now = this.#clock.elapsed();
    if ((this.#dueMs.get(model) ?? now) > now + (MOST_IN_A_ROW - 1) * EVERY_MS) return false;
    this.#countFor(model, 1);
    return true;
  }

  #countFor(model: string, some: number): void {
    const now = this.#clock.elapsed();
    this.#dueMs.set(model, Math.max(this.#dueMs.get(model) ?? now, now) + some * EVERY_MS);
  }

  #take(model: string, side: TokenSide, count: TokenCount, reported: number): void {
    if (count.tokens <= 0 || reported <= 0) return;
    let windows = this.#windows.get(model);
    if (!windows) {
      windows = { prompt: new SampleWindow(), completion: new SampleWindow() };
      this.#windows.set(model, windows);
    }
    // What it would have told without knowing this answer.
    const told = this.corrected(model, side, count);
    windows[side].add({ counted: count.tokens, told, reported }, isCorrected(model, count.exact));
  }
}

function isCorrected(model: string, isExact: boolean): boolean {
  return !isExact && encodingOf(model) === undefined;
}

/** Whether a completion is more than its text: thinking that was not shown, sound, pictures, guesses thrown away. */
function saysMore({ completion_tokens_details: details }: Usage): boolean {
  return Object.values(details ?? {}).some((tokens) => typeof tokens === 'number' && tokens > 0);
}
