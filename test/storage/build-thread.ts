import type { TestProject } from 'vitest/node';

import { buildThread } from '../../bench/build.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of the thread of a ledger in SQLite. */
    threadProgram: string;
  }
}

/** Builds the thread of a ledger in SQLite once for a run of tests. Returns what removes it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const built = await buildThread();
  project.provide('threadProgram', built.fileOf('sqlite-worker'));
  return () => built.remove();
}
