import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** The program of an export, for plain Node. */
export interface ExportProgram {
  readonly file: string;
  /** Removes it. */
  remove(): void;
}

/**
 * Builds it as users run the library: what translates sources takes more memory than what is measured. The ledger finds the
 * program of its thread by the name of the package, which the folder therefore bears.
 */
export async function buildExport(): Promise<ExportProgram> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const parent = `${root}node_modules/.cache`;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/nexusai-hub-bench-export-`);
  await build({
    entryPoints: { worker: `${root}bench/export/worker.ts`, thread: `${root}adapters/storage/sqlite/worker.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    tsconfig: `${root}tsconfig.json`,
    logLevel: 'error',
  });
  const exports = { './adapters/sqlite-worker': './thread.mjs' };
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'nexusai-hub', exports }));
  return { file: `${folder}/worker.mjs`, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
