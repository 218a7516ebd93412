import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { sourceFile } from './read-imports.ts';

export interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The files `exports` and `bin` promise, relative to the package. */
export function promisedFiles(manifest: Manifest): string[] {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target).flatMap((conditions) => Object.values(conditions)),
  );
  return [...targets, ...Object.values(manifest.bin ?? {})].map((file) => posix.normalize(file));
}

/** Code and type files of a package, relative to it. */
export function codeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(js|cjs|d\.ts|d\.cts)$/.test(name))
    .sort();
}

/** The imports of one built file; `require` counts. */
export function importsOfBuilt(folder: string, file: string): string[] {
  const text = readFileSync(join(folder, file), 'utf8');
  const imports = sourceFile(file, text).imports.map((line) => line.specifier);
  const required = file.endsWith('.cjs')
    ? [...text.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name]) => name!)
    : [];
  return [...imports, ...required];
}

/** The files reachable from the given ones by relative imports; the types of a chunk go with the chunk's name. */
export function reachableFiles(folder: string, from: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !/\.(js|cjs|ts|cts)$/.test(file)) return;
    seen.add(file);
    for (const specifier of importsOfBuilt(folder, file).filter((name) => name.startsWith('.'))) {
      const target = posix.join(posix.dirname(file), specifier);
      visit(/\.d\.c?ts$/.test(file) ? target.replace(/\.js$/, '.d.ts').replace(/\.cjs$/, '.d.cts') : target);
    }
  };
  from.forEach(visit);
  return seen;
}

/**
 * Bytes of an entry with its chunks and what it imports of our other entries, minified and compressed: what a bundle of
 * it costs beside its dependencies.
 */
export async function compressedSize(file: string, dependencies: readonly string[]): Promise<number> {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: dependencies.flatMap((name) => [name, `${name}/*`]),
    logLevel: 'silent',
  });
  return gzipSync(result.outputFiles[0]!.contents).length;
}
