import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ENTRY_POINTS, publicName } from '../../entry-points.ts';
import {
  codeFiles,
  compressedSize,
  importsOfBuilt,
  type Manifest,
  promisedFiles,
  reachableFiles,
  readManifest,
} from './built-files.ts';
import { binary, type PackedPackage, packPackage, run } from './packed-package.ts';
import { packageOf } from './read-imports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NAMES = Object.keys(ENTRY_POINTS).map(publicName);

/**
 * Kilobytes (1000 bytes) a bundle of an entry may weigh, minified and compressed, without third-party packages. 15 of them
 * are the description of the API (11 of the hub's), which is loaded when somebody asks for /openapi.json.
 */
const SIZE_LIMITS_KB: Readonly<Record<string, number>> = {
  '.': 184,
  './ports': 1,
  './provider-kit': 38,
  './storage-kit': 3,
  './http': 44,
  './client': 2,
  './testing': 62,
  './adapters/openai': 32,
  './adapters/openai-compatible': 33,
  './adapters/azure': 33,
  './adapters/ernie': 40,
  './adapters/anthropic': 32,
  './adapters/gemini': 36,
  './adapters/demo': 18,
  './adapters/kinds': 64,
  './adapters/keyv': 3,
  './adapters/redis': 19,
  './adapters/sqlite': 27,
  './adapters/postgres': 26,
  './adapters/sqlite-worker': 24,
  './adapters/node': 43,
  './adapters/express': 43,
  './adapters/fastify': 43,
};

let packed: PackedPackage;
let manifest: Manifest;

beforeAll(async () => {
  packed = await packPackage();
  manifest = readManifest(packed.folder);
}, 240_000);

afterAll(() => {
  packed?.remove();
});

/** What a script printed as JSON, run in the consumer's project. */
async function answerOf(format: 'module' | 'commonjs', script: string): Promise<unknown> {
  const printed = await run(process.execPath, [`--input-type=${format}`, '-e', script], packed.consumer);
  return JSON.parse(printed);
}

const LOAD = {
  module: `const load = (name) => import(name);`,
  commonjs: `const load = async (name) => require(name);`,
} as const;
const FORMATS = ['module', 'commonjs'] as const;
const REQUIRE = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

describe('the packed package', { timeout: 60_000 }, () => {
  it('G1: every entry point can be imported and required, with the same names', async () => {
    const script = `
      const names = ${JSON.stringify(NAMES)};
      Promise.all(names.map(async (name) => [name, Object.keys(await load(name)).filter((key) => key !== '__esModule' && key !== 'module.exports').sort()]))
        .then((pairs) => console.log(JSON.stringify(Object.fromEntries(pairs))));`;
    const imported = await answerOf('module', LOAD.module + script);
    const required = await answerOf('commonjs', LOAD.commonjs + script);
    expect(required).toEqual(imported);
    expect(imported).toMatchObject({ 'nexusai-hub': expect.arrayContaining(['NexusError', 'NexusHub']) });
  });

  it.each(FORMATS)('G1: all entry points share one NexusError (%s)', async (format) => {
    const script = `
      (async () => {
        const modules = await Promise.all(${JSON.stringify(NAMES)}.map(load));
        const classes = modules.map((module) => module.NexusError).filter(Boolean);
        console.log(JSON.stringify({ found: classes.length, different: new Set(classes).size }));
      })();`;
    const { found, different } = (await answerOf(format, LOAD[format] + script)) as {
      found: number;
      different: number;
    };
    expect(found).toBeGreaterThan(1);
    expect(different).toBe(1);
  });

  it('G1: an error of the CommonJS copy is known to the ESM copy', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { isNexusError, NexusError } from 'nexusai-hub';
      const { NexusError: Required } = createRequire(process.cwd() + '/x.js')('nexusai-hub');
      const error = new Required('cancelled', 'stopped');
      console.log(JSON.stringify({ same: Required === NexusError, known: isNexusError(error) }));`;
    expect(await answerOf('module', script)).toEqual({ same: false, known: true });
  });

  it.each(FORMATS)('G2: npm i --ignore-scripts: the core works (%s)', async (format) => {
    const script = `
      (async () => {
        const { NexusHub } = await load('nexusai-hub');
        const { demo } = await load('nexusai-hub/adapters/demo');
        const hub = new NexusHub({ providers: { demo: demo() } });
        const completion = await hub.chat.completions.create({ model: 'demo', messages: [{ role: 'user', content: 'hi' }] });
        await hub.close();
        console.log(JSON.stringify(completion));
      })();`;
    expect(await answerOf(format, LOAD[format] + script)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: expect.stringMatching(/./) } }],
    });
  });

  describe('a ledger in threads', () => {
    const script = `
      (async () => {
        const { sqliteLedger } = await load('nexusai-hub/adapters/sqlite');
        const ledger = sqliteLedger({ file: ':memory:' });
        const { requests } = await ledger.summary({}).finally(() => ledger.close());
        console.log(JSON.stringify({ requests }));
      })();`;

    beforeAll(() => {
      // Beside the package, as users have it, but not among what they get with it.
      const driver = join(dirname(packed.consumer), 'node_modules/@photostructure');
      mkdirSync(dirname(driver), { recursive: true });
      symlinkSync(join(root, 'node_modules/@photostructure'), driver);
    });

    it.each(FORMATS)('finds its program (%s)', async (format) => {
      expect(await answerOf(format, LOAD[format] + script)).toEqual({ requests: 0 });
    });

    it.each([
      ['esm', 'app.mjs'],
      ['cjs', 'app.cjs'],
    ] as const)('finds its program from a bundle (%s), and says the mend where it cannot', async (format, name) => {
      const bundled = join(packed.consumer, name);
      await build({
        stdin: { contents: script.replace('load', 'import'), resolveDir: packed.consumer },
        bundle: true,
        format,
        platform: 'node',
        // What undici needs in a bundle of modules.
        ...(format === 'esm' && { banner: { js: REQUIRE } }),
        outfile: bundled,
        logLevel: 'silent',
      });
      expect(JSON.parse(await run(process.execPath, [bundled], packed.consumer))).toEqual({ requests: 0 });
      const elsewhere = join(dirname(packed.consumer), name);
      renameSync(bundled, elsewhere);
      const alone = run(process.execPath, [elsewhere], packed.consumer);
      await expect(alone).rejects.toThrow('leave nexusai-hub out of the bundle, or set thread: false');
    });
  });

  it('G2: neither it nor any of its dependencies has an install script or native code', () => {
    const lock = JSON.parse(readFileSync(join(packed.consumer, 'package-lock.json'), 'utf8'));
    const scripted = Object.entries<{ hasInstallScript?: true }>(lock.packages).filter(
      ([, entry]) => entry.hasInstallScript,
    );
    expect(scripted).toEqual([]);
    const native = readdirSync(join(packed.consumer, 'node_modules'), { recursive: true, encoding: 'utf8' });
    expect(native.filter((name) => /(\.node|binding\.gyp)$/.test(name))).toEqual([]);
  });

  it.each(Object.keys(ENTRY_POINTS))('G3: %s keeps its size limit', async (entry) => {
    const target = manifest.exports[entry] as Record<string, Record<string, string>>;
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    const bytes = await compressedSize(join(packed.folder, target['import']!['default']!), dependencies);
    expect(bytes / 1000).toBeLessThan(SIZE_LIMITS_KB[entry]!);
  });

  it('G3: it brings few and small dependencies', () => {
    const modules = join(packed.consumer, 'node_modules');
    const lock = JSON.parse(readFileSync(join(packed.consumer, 'package-lock.json'), 'utf8'));
    const others = Object.keys(lock.packages).filter((path) => path !== '' && !path.endsWith('/nexusai-hub'));
    expect(others.length).toBeLessThanOrEqual(6);
    const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
    // More than half of it is the vocabularies of tiktoken, loaded when the first token is counted.
    expect(bytes / 1e6).toBeLessThan(46);
  });

  it('builds every export and exports everything it builds', () => {
    const promised = promisedFiles(manifest);
    const reachable = reachableFiles(packed.folder, promised);
    const files = codeFiles(packed.folder);
    expect(promised.filter((file) => file !== 'package.json' && !files.includes(file))).toEqual([]);
    expect(files.filter((file) => !reachable.has(file))).toEqual([]);
  });

  it('leaves the types of the hub where they are: adapters refer to them by public name', () => {
    const typeFiles = (adapters: boolean): string[] => {
      const entries = Object.entries(manifest.exports).filter(
        ([entry]) => entry.startsWith('./adapters/') === adapters,
      );
      const promised = promisedFiles({ exports: Object.fromEntries(entries) });
      return [...reachableFiles(packed.folder, promised)].filter((file) => /\.d\.c?ts$/.test(file));
    };
    const ofHub = new Set(typeFiles(false));
    expect(typeFiles(true).filter((file) => ofHub.has(file))).toEqual([]);
  });

  it('imports nothing that it does not declare', () => {
    const declared = new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, 'nexusai-hub': '' }),
    );
    const undeclared = codeFiles(packed.folder).flatMap((file) =>
      importsOfBuilt(packed.folder, file)
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !declared.has(packageOf(name)))
        .map((name) => `${file}: ${name}`),
    );
    expect(undeclared).toEqual([]);
  });

  it('carries only what users need, with the licenses of what is bundled', () => {
    const files = readdirSync(packed.folder, { recursive: true, encoding: 'utf8' });
    expect(
      files.filter((name) => !/^(dist(\/.*)?|README[^/]*|LICENSE|CHANGELOG\.md|package\.json)$/.test(name)),
    ).toEqual([]);
    const code = codeFiles(packed.folder).map((file) => readFileSync(join(packed.folder, file), 'utf8'));
    const bundled = new Set(
      code.flatMap((text) => [...text.matchAll(/^\/\/ node_modules\/((@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name!)),
    );
    const licenses = readFileSync(join(packed.folder, 'dist/THIRD_PARTY_LICENSES.txt'), 'utf8');
    expect([...bundled].filter((name) => !licenses.includes(`## ${name}\n`))).toEqual([]);
  });

  it('starts its command with a shebang', () => {
    const script = join(packed.folder, manifest.bin!['nexusai-hub']!);
    expect(readFileSync(script, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('has types that need nothing but @types/node', async () => {
    const names = NAMES.filter((name) => !/adapters\/(express|fastify)$/.test(name));
    const text = names.map(
      (name, index) => `import * as entry${index} from '${name}';\nexport const keep${index} = entry${index};`,
    );
    writeFileSync(join(packed.consumer, 'types.mts'), text.join('\n'));
    writeFileSync(join(packed.consumer, 'types.cts'), text.join('\n'));
    const options = {
      noEmit: true,
      strict: true,
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(
      join(packed.consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['types.mts', 'types.cts'] }),
    );
    await run(process.execPath, [binary('tsc'), '--project', packed.consumer], packed.consumer);
  });

  it('pleases publint', async () => {
    const { messages } = await publint({ pkgDir: packed.folder, pack: false, strict: true });
    const readable = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8'));
    expect(messages.map((message) => formatMessage(message, readable, { color: false }))).toEqual([]);
  });

  it('pleases attw', async () => {
    await run(process.execPath, [binary('attw'), packed.tarball, '--profile', 'node16', '--no-color'], packed.consumer);
  });
});
