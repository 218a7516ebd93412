import { readFileSync, writeFileSync } from 'node:fs';

import type { Options } from 'tsup';

import { builtFile, ENTRY_POINTS } from './entry-points.ts';

/** Bundled, because it is so small that a dependency would cost users more than the bytes. */
const BUNDLED = ['csv-stringify', 'eventsource-parser'];

/** The license files of the bundled packages and of what they bring; their licenses ask that they go along. */
const BUNDLED_LICENSES = {
  'csv-stringify': 'LICENSE',
  'eventsource-parser': 'LICENSE',
  // Its stand-in for `import.meta.url` in CommonJS.
  tsup: 'LICENSE',
};

const libraryEntries = Object.fromEntries(
  Object.entries(ENTRY_POINTS).map(([entry, source]) => [builtFile(entry), source]),
);

const shared: Options = {
  target: 'node20',
  platform: 'node',
  // Without it tsup turns `node:sqlite` into `sqlite`, which does not exist.
  removeNodeProtocol: false,
  // Our own name stays an import, so that every entry point shares one copy of each class and type.
  external: [/^nexusai-hub($|\/)/],
  noExternal: BUNDLED,
  // `npm run build` empties dist first: two configurations that clean at the same time remove each other's files.
  clean: false,
};

const configuration: Options[] = [
  {
    ...shared,
    name: 'library',
    // `import.meta.url` in CommonJS: the thread of the token counter finds its package by it.
    shims: true,
    entry: libraryEntries,
    format: ['esm', 'cjs'],
    // One copy of shared code per format; tsup does this for CommonJS only when told.
    splitting: true,
    dts: true,
    plugins: [
      {
        name: 'licenses of what is bundled',
        buildEnd() {
          writeFileSync(`${this.options.outDir}/THIRD_PARTY_LICENSES.txt`, bundledLicenses());
        },
      },
    ],
  },
  {
    ...shared,
    name: 'command line',
    entry: { 'cli/main': 'cli/main.ts' },
    format: ['esm'],
  },
];

export default configuration;

function bundledLicenses(): string {
  const texts = Object.entries(BUNDLED_LICENSES).map(([name, file]) => {
    const text = readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), 'utf8');
    return `## ${name}\n\n${text.trim()}\n`;
  });
  return `This package contains the code of these packages:\n\n${texts.join('\n')}`;
}
