import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** The processes of a run, by their source. */
const SOURCES = {
  'bare-proxy': new URL('bare-proxy.ts', import.meta.url),
  'hub-server': new URL('hub-server.ts', import.meta.url),
  'in-process': new URL('in-process.ts', import.meta.url),
  'load-generator': new URL('load-generator.ts', import.meta.url),
  'mock-provider': new URL('mock-provider.ts', import.meta.url),
} as const;

/** Name of a process. */
export type ProcessName = keyof typeof SOURCES;

/** Programs for plain Node, as users run the library: nothing is translated while it is measured. */
export interface Programs {
  fileOf(name: ProcessName): string;
  /** Removes them. */
  remove(): void;
}

/** Builds the programs from the sources as they are now, in a folder of this run where Node finds the dependencies. */
export async function buildPrograms(): Promise<Programs> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const parent = `${root}node_modules/.cache`;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/nexusai-hub-bench-`);
  await build({
    entryPoints: Object.values(SOURCES).map((source) => fileURLToPath(source)),
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
  return {
    fileOf: (name) => `${folder}/${name}.mjs`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
