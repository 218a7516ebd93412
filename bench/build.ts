import { readFileSync } from 'node:fs';

import { type Bundle, bundle } from './bundle.ts';

/** The processes of a run, by their source. */
const SOURCES = {
  'bare-proxy': new URL('bare-proxy.ts', import.meta.url),
  'hub-server': new URL('hub-server.ts', import.meta.url),
  'in-process': new URL('in-process.ts', import.meta.url),
  'load-generator': new URL('load-generator.ts', import.meta.url),
  'mock-provider': new URL('mock-provider.ts', import.meta.url),
} as const;

/** The thread of a ledger in SQLite, which is found by the name of the package. */
const THREAD = { 'sqlite-worker': new URL('../adapters/storage/sqlite/worker.ts', import.meta.url) } as const;
const OWN = { exports: { './adapters/sqlite-worker': './sqlite-worker.mjs' } } as const;

/** Name of a process. */
export type ProcessName = keyof typeof SOURCES;

/** Builds the programs of a run from the sources as they are now. */
export function buildPrograms(): Promise<Bundle<ProcessName>> {
  return bundle({ ...SOURCES, ...THREAD }, OWN);
}

/** Builds the server as users run it, by the name `main`. */
export function buildServer(): Promise<Bundle<'main'>> {
  return bundle(
    { main: new URL('../cli/main.ts', import.meta.url), ...THREAD },
    { version: '0.0.0', exports: { ...OWN.exports, './package.json': './package.json' } },
  );
}

/** Builds the program of an export, by the name `worker`. */
export function buildExport(): Promise<Bundle<'worker'>> {
  return bundle({ worker: new URL('export/worker.ts', import.meta.url), ...THREAD }, OWN);
}

/** Builds the thread alone. */
export function buildThread(): Promise<Bundle<keyof typeof THREAD>> {
  return bundle(THREAD, OWN);
}

/** Builds these programs with all that they look for by the name of the package. */
export function buildNamed<Name extends string>(sources: Readonly<Record<Name, URL>>): Promise<Bundle<Name>> {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return bundle(
    { ...sources, ...THREAD },
    { version, exports: { ...OWN.exports, './package.json': './package.json' } },
  );
}
