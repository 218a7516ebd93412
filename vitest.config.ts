import { fileURLToPath } from 'node:url';

import { defaultExclude, type ViteUserConfig } from 'vitest/config';

import { ENTRY_POINTS, publicName } from './entry-points.ts';

/** Not these: they weigh the memory of their process, or put something of their own in the place of a module. */
const ALONE = ['backpressure', 'shared-encoder', 'unpack'];

/** Tests that leave nothing behind in their process: those of a worker share it, and load the sources once. */
const SHARING = [
  'adapters',
  'admin',
  'bookkeeping',
  'cli',
  'client',
  'clients',
  'conformance',
  'control',
  'cost',
  'data',
  'defaults',
  'forward',
  'http',
  'hub',
  'masking',
  'openai',
  'provider-kit',
  'request-path',
  'signatures',
  'storage',
  'storage-kit',
  'views',
].map((folder) => `test/${folder}/**/!(${ALONE.join('|')}).test.ts`);

/** Files that a run leaves out, with commas between them: what says the same on every Node need not be asked of each. */
const LEFT_OUT = process.env['NEXUS_TEST_LEAVE_OUT']?.split(',') ?? [];

const configuration: ViteUserConfig = {
  resolve: {
    // Tests run against the sources, by the names users import.
    alias: [
      ...Object.entries(ENTRY_POINTS).map(([entry, source]) => ({
        find: new RegExp(`^${publicName(entry)}$`),
        replacement: fileURLToPath(new URL(source, import.meta.url)),
      })),
      // As adapters import it; the thread itself is built once for all tests.
      {
        find: /^\.\/start-worker\.ts$/,
        replacement: fileURLToPath(new URL('test/storage/start-built-thread.ts', import.meta.url)),
      },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'sharing',
          include: SHARING,
          exclude: [...defaultExclude, ...LEFT_OUT],
          isolate: false,
          setupFiles: 'test/keep-encoder.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...defaultExclude, ...SHARING, ...LEFT_OUT],
          typecheck: {
            enabled: LEFT_OUT.length === 0,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
            // `npm run types` reports errors of the sources; here they would only hide which type test failed.
            ignoreSourceErrors: true,
          },
        },
      },
    ],
    // Vitest leaves one core to itself, which is half of a machine with two, and is itself idle most of the time.
    maxWorkers: '100%',
    globalSetup: 'test/storage/build-thread.ts',
    // Time in tests is a manual clock: what takes this long hangs, also on a machine that has other work.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The same for what is looked at until it is so; a second is soon over there.
    expect: { poll: { timeout: 10_000 } },
    // An unhandled rejection is a failure even when every assertion held.
    dangerouslyIgnoreUnhandledErrors: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
};

export default configuration;
