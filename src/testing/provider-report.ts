import { type MakeProvider, type ProviderCase, type ProviderCaseOptions, providerCases } from './provider-cases.ts';

/** A case that failed, and why. */
export interface FailedCase extends Pick<ProviderCase, 'id' | 'lesson' | 'name'> {
  /** What was expected, and what came. */
  readonly why: string;
}

/** What came of all cases. */
export interface ProviderReport {
  /** Ids. */
  readonly passed: readonly string[];
  readonly failed: readonly FailedCase[];
  /** Reasons by id. */
  readonly skipped: Readonly<Record<string, string>>;
  /** All of it for people, failures by their field lessons. */
  readonly text: string;
}

/** Runs {@link providerCases} without a test runner, one after the other. */
export async function providerReport(make: MakeProvider, options: ProviderCaseOptions = {}): Promise<ProviderReport> {
  const passed: string[] = [];
  const failed: FailedCase[] = [];
  const skipped: Record<string, string> = {};
  for (const { id, lesson, name, skipped: reason, run } of providerCases(make, options)) {
    if (reason !== undefined) {
      skipped[id] = reason;
      continue;
    }
    try {
      await run();
      passed.push(id);
    } catch (cause) {
      failed.push({ id, lesson, name, why: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  return { passed, failed, skipped, text: textOf(passed.length, failed, Object.keys(skipped).length) };
}

function textOf(passed: number, failed: readonly FailedCase[], skipped: number): string {
  const lines = [`${passed} passed, ${failed.length} failed, ${skipped} skipped`];
  const byLesson = [...failed].sort((one, other) => compareLessons(one.lesson, other.lesson));
  for (const { id, name, why } of byLesson) lines.push('', `${name} (${id})`, `  ${why}`);
  return lines.join('\n');
}

/** S2 before S10; what has no lesson comes last. */
function compareLessons(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return one.localeCompare(other, 'en', { numeric: true });
}
