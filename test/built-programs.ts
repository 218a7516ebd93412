import { afterAll, beforeAll } from 'vitest';

import { buildNamed } from '../bench/build.ts';
import type { Bundle } from '../bench/bundle.ts';

/**
 * Programs that the tests of a file start as processes of their own, built before its tests begin: one that is
 * translated as it starts takes three times as long, each time. Returns where they are, to be asked once tests run.
 */
export function builtPrograms<Name extends string>(sources: Readonly<Record<Name, URL>>): (name: Name) => string {
  let built: Bundle<Name> | undefined;
  beforeAll(async () => {
    built = await buildNamed(sources);
  }, 60_000);
  afterAll(() => built?.remove());
  return (name) => {
    if (!built) throw new Error(`${name} is built when the tests begin.`);
    return built.fileOf(name);
  };
}
