import { builtinModules } from 'node:module';

import { ENTRY_POINTS, publicName } from '../../entry-points.ts';
import { packageOf, type SourceFile, targetOf } from './read-imports.ts';

/** What src/ may import of others: what carries the hub. No web framework, database driver or metrics library. */
const CORE_PACKAGES = new Set(['zod', 'eventsource-parser', 'undici', 'keyv', 'opossum', 'tiktoken', 'csv-stringify']);

/** What of our own an adapter may import: what any outside author has. */
const ADAPTER_NAMES: Readonly<Record<string, readonly string[]>> = {
  storage: ['nexusai-hub/ports', 'nexusai-hub/provider-kit', 'nexusai-hub/storage-kit'],
  servers: ['nexusai-hub/ports', 'nexusai-hub/provider-kit', 'nexusai-hub/http'],
  dashboard: ['nexusai-hub/ports', 'nexusai-hub/provider-kit', 'nexusai-hub/http'],
};
const ADAPTER_NAMES_ELSEWHERE = ['nexusai-hub/ports', 'nexusai-hub/provider-kit'];

const PUBLIC_NAMES = new Set(Object.keys(ENTRY_POINTS).map(publicName));

/**
 * The storeys of src/, lowest first: a file may import from its own and from lower ones. A journey goes down and never
 * back up; whoever stands below the hub and needs it gets an interface (`Gateway`).
 */
const LAYERS: readonly (readonly [name: string, holds: RegExp])[] = [
  ['errors', /^src\/errors\.ts$/],
  ['openai', /^src\/openai\//],
  ['ports', /^src\/ports\//],
  ['masking', /^src\/masking\//],
  ['signatures', /^src\/signatures\//],
  // What callers take: none of the hub goes along.
  ['client', /^src\/client\//],
  ['storage-kit', /^src\/storage-kit\//],
  ['defaults', /^src\/defaults\//],
  ['data', /^src\/data\//],
  ['provider-kit', /^src\/provider-kit\//],
  ['export', /^src\/export\//],
  ['bookkeeping', /^src\/bookkeeping\//],
  // What lies directly in src/ is the path of a request: request-path, attempt, answer, visit and their helpers.
  [
    'journey',
    /^src\/(?!(errors|hub|options|settings|assemble|epochs|combined-options|control-settings|hub-control|close-hub|index)\.ts)[^/]+\.ts$/,
  ],
  // What users may say of it all: types alone.
  ['options', /^src\/options\.ts$/],
  ['control', /^src\/control\//],
  ['http', /^src\/http\//],
  ['hub', /^src\/(hub|settings|assemble|epochs|combined-options|control-settings|hub-control|close-hub)\.ts$/],
  ['index', /^src\/index\.ts$/],
  ['testing', /^src\/testing\//],
];

/** Every breach of the import rules (STYLE section 2), as `file:line what is wrong`. */
export function importViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((line) => {
      const target = targetOf(file.path, line.specifier);
      const complaint =
        aboutEnding(line.specifier) ??
        aboutPublicName(line.specifier) ??
        aboutPackage(file.path, line.specifier) ??
        aboutPlace(file.path, line.specifier, target, line.typeOnly);
      return complaint === undefined ? [] : [`${file.path}:${line.line} ${complaint} (${line.specifier})`];
    }),
  );
}

/** Barrels that are no entry point: they hide who needs what and make cycles. */
export function barrelViolations(files: readonly SourceFile[]): string[] {
  const entries = new Set(Object.values(ENTRY_POINTS));
  return files.filter((file) => file.barrel && !entries.has(file.path)).map((file) => `${file.path} only re-exports`);
}

/** Files longer than the limit, save those with a stated reason; a reason no longer needed is a violation too. */
export function lengthViolations(
  files: readonly SourceFile[],
  limit: number,
  reasons: Readonly<Record<string, string>>,
): string[] {
  const long = files.filter((file) => file.lines > limit);
  const needless = Object.keys(reasons).filter((path) => !long.some((file) => file.path === path));
  return [
    ...long
      .filter((file) => !(file.path in reasons))
      .map((file) => `${file.path} has ${file.lines} lines, more than ${limit}`),
    ...needless.map((path) => `${path} is excused for its length but is not long`),
  ];
}

/** The first import cycle reachable from each file, as `a.ts -> b.ts -> a.ts`; imports of types count. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const line of byPath.get(path)?.imports ?? []) {
      const target = targetOf(path, line.specifier);
      if (target !== undefined) walk(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const file of files) walk(file.path, []);
  return cycles;
}

function aboutEnding(specifier: string): string | undefined {
  if (!specifier.startsWith('.') || /\.(ts|json)$/.test(specifier)) return undefined;
  return 'relative imports end in .ts';
}

function aboutPublicName(specifier: string): string | undefined {
  if (packageOf(specifier) !== 'nexusai-hub' || PUBLIC_NAMES.has(specifier)) return undefined;
  return 'is no entry point of the package';
}

function aboutPackage(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.') || packageOf(specifier) === 'nexusai-hub' || specifier.startsWith('node:'))
    return undefined;
  if (builtinModules.includes(specifier)) return 'built-in modules are written with node:';
  if (path.startsWith('src/') && !CORE_PACKAGES.has(packageOf(specifier))) return 'src/ may not import this package';
  return undefined;
}

function aboutPlace(
  path: string,
  specifier: string,
  target: string | undefined,
  typeOnly: boolean,
): string | undefined {
  const own = packageOf(specifier) === 'nexusai-hub';
  const [top, family = ''] = path.split('/');
  if (top === 'src') {
    if (own) return 'src/ imports its own files by relative paths';
    return aboutLayer(path, target, typeOnly);
  }
  if (top === 'adapters') {
    const names = ADAPTER_NAMES[family] ?? ADAPTER_NAMES_ELSEWHERE;
    if (own && !names.includes(specifier)) return `adapters of this family import only ${names.join(', ')}`;
    if (!own && target !== undefined && !target.startsWith(`adapters/${family}/`))
      return 'adapters import outside their family by public name only';
    return undefined;
  }
  if (!own && target !== undefined && !target.startsWith(`${top ?? ''}/`))
    return `${top ?? ''}/ imports public names only`;
  return undefined;
}

function aboutLayer(path: string, target: string | undefined, typeOnly: boolean): string | undefined {
  const own = layerOf(path);
  if (own === -1) return 'stands in a folder without a layer in import-rules.ts';
  if (nameOf(own) === 'ports' && !typeOnly) return 'port files import types only';
  if (target === undefined) return undefined;
  if (!target.startsWith('src/')) return 'src/ imports nothing outside src/';
  const wanted = layerOf(target);
  return wanted > own ? `${nameOf(own)} may not import ${nameOf(wanted)}` : undefined;
}

function layerOf(path: string): number {
  return LAYERS.findIndex(([, holds]) => holds.test(path));
}

function nameOf(layer: number): string {
  return LAYERS[layer]?.[0] ?? 'nothing';
}
