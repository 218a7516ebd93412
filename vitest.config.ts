import { fileURLToPath } from 'node:url';

import type { ViteUserConfig } from 'vitest/config';

import { ENTRY_POINTS, publicName } from './entry-points.ts';

const configuration: ViteUserConfig = {
  resolve: {
    // Tests run against the sources, by the names users import.
    alias: Object.entries(ENTRY_POINTS).map(([entry, source]) => ({
      find: new RegExp(`^${publicName(entry)}$`),
      replacement: fileURLToPath(new URL(source, import.meta.url)),
    })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Vitest leaves one core to itself, which is half of a machine with two, and is itself idle most of the time.
    maxWorkers: '100%',
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      // `npm run types` reports errors of the sources; here they would only hide which type test failed.
      ignoreSourceErrors: true,
    },
    // Time in tests is a manual clock: what takes this long hangs, also on a machine that has other work.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // An unhandled rejection is a failure even when every assertion held.
    dangerouslyIgnoreUnhandledErrors: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
};

export default configuration;
