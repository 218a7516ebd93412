/**
 * Every entry point of the package: the path users import behind the package name (`.` is the package itself), and
 * its source. tsup and vitest read this list; `exports` in package.json and `paths` in tsconfig.json repeat it in
 * their own syntax, and test/package/entry-points.test.ts compares them.
 */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  '.': 'src/index.ts',
  './ports': 'src/ports/index.ts',
  './provider-kit': 'src/provider-kit/index.ts',
  './storage-kit': 'src/storage-kit/index.ts',
  './http': 'src/http/index.ts',
  './client': 'src/client/index.ts',
  './testing': 'src/testing/index.ts',
  './adapters/openai': 'adapters/providers/openai.ts',
  './adapters/openai-compatible': 'adapters/providers/openai-compatible.ts',
  './adapters/azure': 'adapters/providers/azure.ts',
  './adapters/ernie': 'adapters/providers/ernie.ts',
  './adapters/anthropic': 'adapters/providers/anthropic.ts',
  './adapters/gemini': 'adapters/providers/gemini.ts',
  './adapters/demo': 'adapters/providers/demo.ts',
  './adapters/kinds': 'adapters/providers/kinds.ts',
  './adapters/node': 'adapters/servers/node.ts',
  './adapters/express': 'adapters/servers/express.ts',
  './adapters/fastify': 'adapters/servers/fastify.ts',
  './adapters/keyv': 'adapters/storage/keyv.ts',
  './adapters/redis': 'adapters/storage/redis.ts',
  './adapters/sqlite': 'adapters/storage/sqlite.ts',
  './adapters/postgres': 'adapters/storage/postgres.ts',
  './adapters/sqlite-worker': 'adapters/storage/sqlite/worker.ts',
};

/** The public name of an entry point: `nexusai-hub/ports` for `./ports`. */
export function publicName(entry: string): string {
  return entry === '.' ? 'nexusai-hub' : `nexusai-hub/${entry.slice(2)}`;
}

/** Where an entry point is built to below `dist`, without extension; folders of the sources get an `index`. */
export function builtFile(entry: string): string {
  if (entry === '.') return 'index';
  const name = entry.slice(2);
  return ENTRY_POINTS[entry]?.endsWith('/index.ts') ? `${name}/index` : name;
}
