import type { Level, Refusal } from 'nexusai-hub/ports';

/** What the script of taking has answered. */
export class TakeAnswer {
  readonly refusal: Pick<Refusal, 'refusedBy' | 'retryAfterMs'> | undefined;
  readonly levels: readonly Level[];
  /** What a settlement has to bring along, for each bound. */
  readonly marks: readonly number[];

  /** @throws TypeError when it is no answer of that script. */
  constructor(answer: unknown) {
    if (!isNumbers(answer)) throw new TypeError('Redis gave no answer of the script that was run.');
    const [refusedBy = 0, retryAfterMs = 0, ...bounds] = answer;
    this.refusal = refusedBy > 0 ? { refusedBy: refusedBy - 1, retryAfterMs } : undefined;
    const levels: Level[] = [];
    const marks: number[] = [];
    for (let at = 0; at < bounds.length; at += 3) {
      levels.push({ remaining: bounds[at] ?? 0, resetMs: bounds[at + 1] ?? 0 });
      marks.push(bounds[at + 2] ?? 0);
    }
    this.levels = levels;
    this.marks = marks;
  }
}

function isNumbers(answer: unknown): answer is readonly number[] {
  return Array.isArray(answer) && answer.length >= 2 && answer.every((value) => typeof value === 'number');
}
