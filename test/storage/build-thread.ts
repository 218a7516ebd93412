import type { TestProject } from 'vitest/node';

import { buildThread } from '../../bench/build.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of the thread of a ledger in SQLite. */
    threadProgram: string;
  }
}

/**
 * Builds the thread of a ledger in SQLite once for a run of tests. Whoever watches builds it when the watch begins, and
 * not again: a change of the thread is seen by the next run. Returns what removes it.
 */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  // It is asked for each project, and what the root has the others have, too.
  if (!project.isRootProject()) return undefined;
  const built = await buildThread();
  project.provide('threadProgram', built.fileOf('sqlite-worker'));
  return () => built.remove();
}
