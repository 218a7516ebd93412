import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { builtFile, ENTRY_POINTS, publicName } from '../../entry-points.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

describe('the entry points', () => {
  it('have a source each', () => {
    expect(Object.values(ENTRY_POINTS).filter((source) => !existsSync(root + source))).toEqual([]);
  });

  it('are the `exports` of package.json, with types per condition', () => {
    const expected = Object.keys(ENTRY_POINTS).map((entry) => {
      const file = `./dist/${builtFile(entry)}`;
      const conditions = {
        import: { types: `${file}.d.ts`, default: `${file}.js` },
        require: { types: `${file}.d.cts`, default: `${file}.cjs` },
      };
      return [entry, conditions];
    });
    // Entries, not objects: the order of conditions decides which one wins.
    expect(JSON.stringify(manifest.exports)).toBe(
      JSON.stringify({ ...Object.fromEntries(expected), './package.json': './package.json' }),
    );
  });

  it('are the `paths` of tsconfig.json', () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path));
    expect(config.compilerOptions.paths).toEqual(
      Object.fromEntries(Object.entries(ENTRY_POINTS).map(([entry, source]) => [publicName(entry), [`./${source}`]])),
    );
  });
});
