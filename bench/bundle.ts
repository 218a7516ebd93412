import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Programs for plain Node, as users run the library: nothing is translated while they run. */
export interface Bundle<Name extends string> {
  /** Where a program is. */
  fileOf(name: Name): string;
  /** Removes all of them. */
  remove(): void;
}

/** Our own package, as programs of a bundle find it by its name. */
interface OwnPackage {
  readonly version?: string;
  /** Paths behind its name, and the files in the folder they lead to. */
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * Builds programs from the sources as they are now, in a folder of their own where Node finds the dependencies.
 */
export async function bundle<Name extends string>(
  sources: Readonly<Record<Name, URL>>,
  own: OwnPackage,
): Promise<Bundle<Name>> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const parent = `${root}node_modules/.cache`;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/nexusai-hub-bench-`);
  await build({
    entryPoints: Object.fromEntries(
      Object.entries<URL>(sources).map(([name, source]) => [name, fileURLToPath(source)]),
    ),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Our own name leads to the sources (tsconfig's `paths`); other packages stay what is installed.
    packages: 'external',
    tsconfig: `${root}tsconfig.json`,
    logLevel: 'error',
  });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'nexusai-hub', ...own }));
  return {
    fileOf: (name) => `${folder}/${name}.mjs`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
