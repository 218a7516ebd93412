import type { ScriptStep } from '../answer-script.ts';
import type { CaseRun } from './case-run.ts';

/** Requests under way at once. */
const AT_ONCE = 25;

/** Plays each answer once, many at a time, and looks at what came of each. */
export async function expectOfAll<T>(
  run: CaseRun,
  answers: readonly (readonly ScriptStep[])[],
  ask: () => Promise<T>,
  expect: (came: T) => void,
): Promise<void> {
  run.play((_request, count) => ({ sends: answers[count] ?? [] }));
  for (let at = 0; at < answers.length; at += AT_ONCE) {
    const batch = answers.slice(at, at + AT_ONCE).map(ask);
    for (const came of await Promise.all(batch)) expect(came);
  }
}

/** Cut in two at every byte in turn. */
export function cutAnywhere(bytes: Uint8Array, between: ScriptStep): ScriptStep[][] {
  return Array.from(bytes, (_byte, at) => [bytes.subarray(0, at), between, bytes.subarray(at)]);
}
