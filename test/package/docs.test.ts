import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { compileBlocks } from './compile-blocks.ts';
import { errorsPage } from './errors-page.ts';
import { anchorsOf, blocksOf, linksOf, type Page, readPages } from './markdown.ts';
import { rolesPage } from './roles-page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = readPages(root);
const byPath = new Map(pages.map((page) => [page.path, page]));
const blocks = pages.flatMap(blocksOf);

/** Links of a page that lead nowhere in this project; what lies outside of it is not asked. */
function brokenLinks(page: Page): string[] {
  return linksOf(page).flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#', 2);
    const path = file === '' ? page.path : posix.join(dirname(page.path), file);
    const found = file === '' ? page : byPath.get(path);
    if (!found && !existsSync(join(root, path))) return [`${page.path}:${line} there is no ${path}`];
    if (anchor === undefined || !found || anchorsOf(found).has(anchor)) return [];
    return [`${page.path}:${line} ${path} has no #${anchor}`];
  });
}

describe('the pages', () => {
  it('are found', () => {
    expect(byPath.has('README.md')).toBe(true);
    expect(pages.length).toBeGreaterThan(20);
  });

  it('have links that lead somewhere', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('show code that compiles', () => {
    const compiled = blocks.filter(({ language, notCompiled }) => language === 'ts' && notCompiled === undefined);
    expect(compiled.length).toBeGreaterThan(30);
    expect(compileBlocks(root, compiled)).toEqual([]);
  }, 120_000);

  it('name no path of a machine', () => {
    const machine = /\/(?:home|root|tmp|work|Users)\//;
    expect(pages.filter(({ text }) => machine.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  // `npx vitest run test/package/docs.test.ts -u` writes it anew.
  it('is what the error table says', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md');
  });
});

describe('docs/roles.md', () => {
  it('is what the table of permissions and the routes say', async () => {
    await expect(rolesPage()).toMatchFileSnapshot('../../docs/roles.md');
  });
});

/** The headings of the second level, in their order. */
function headingsOf(path: string): string[] {
  return byPath.get(path)?.text.match(/^## .+$/gm) ?? [];
}

function pathsIn(folder: string): string[] {
  return pages.map(({ path }) => path).filter((path) => dirname(path) === folder);
}

describe('pages of one kind', () => {
  it('docs/ports has a page for every port', () => {
    const ports = readdirSync(join(root, 'src/ports')).filter((name) => name.endsWith('.ts') && name !== 'index.ts');
    expect(
      pathsIn('docs/ports')
        .map((path) => posix.basename(path, '.md'))
        .sort(),
    ).toEqual(ports.map((name) => name.replace(/\.ts$/, '')).sort());
  });

  it('docs/adapters has a page for every adapter', () => {
    const adapters = ['providers', 'servers', 'storage']
      .flatMap((family) => readdirSync(join(root, 'adapters', family)))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.replace(/\.ts$/, ''));
    expect(
      pathsIn('docs/adapters')
        .map((path) => posix.basename(path, '.md'))
        .sort(),
    ).toEqual(adapters.sort());
  });

  it.each(['docs/ports', 'docs/adapters', 'docs/decisions'])('%s has the same headings everywhere', (folder) => {
    const paths = pathsIn(folder);
    const [first = ''] = paths;
    expect(Object.fromEntries(paths.map((path) => [path, headingsOf(path)]))).toEqual(
      Object.fromEntries(paths.map((path) => [path, headingsOf(first)])),
    );
  });

  it('the Chinese README has the sections of the English one, and its code', () => {
    const shapeOf = (path: string): unknown => {
      const page = byPath.get(path);
      return (
        page && { headings: headingsOf(path).length, code: blocksOf(page).map(({ code }) => withoutComments(code)) }
      );
    };
    expect(shapeOf('README.zh-CN.md')).toEqual(shapeOf('README.md'));
  });
});

/** Comments are translated; the code is not. */
function withoutComments(code: string): string {
  return code.replace(/(?:\/\/|#) .*$/gm, '').replace(/[ \t]+$/gm, '');
}

/** Names of the members of every interface in a source file. */
function membersIn(path: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) && ts.isIdentifier(node.name)) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true));
  return names;
}

/** What of these a page does not name in code. */
function unnamed(page: string, names: readonly string[]): string[] {
  const text = byPath.get(page)?.text ?? '';
  return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
}

describe('options', () => {
  it.each([
    [
      'docs/configuration.md',
      [
        'src/options.ts',
        'src/model-list-options.ts',
        'src/control-options.ts',
        'src/defaults/authenticator.ts',
        'src/defaults/flow-control.ts',
      ],
    ],
    ['docs/adapters/openai.md', ['adapters/providers/openai.ts', 'src/provider-kit/transport-options.ts']],
    [
      'docs/adapters/openai-compatible.md',
      ['adapters/providers/openai-compatible.ts', 'adapters/providers/openai-compatible/quirks.ts'],
    ],
    ['docs/adapters/anthropic.md', ['adapters/providers/anthropic.ts']],
    ['docs/adapters/gemini.md', ['adapters/providers/gemini.ts']],
    ['docs/adapters/demo.md', ['adapters/providers/demo.ts']],
    ['docs/adapters/node.md', ['src/http/options.ts']],
    [
      'docs/adapters/redis.md',
      ['adapters/storage/redis/quota.ts', 'adapters/storage/redis/use.ts', 'adapters/storage/redis/connect.ts'],
    ],
    ['docs/adapters/postgres.md', ['adapters/storage/postgres.ts']],
    ['docs/adapters/sqlite.md', ['adapters/storage/sqlite.ts', 'adapters/storage/sqlite/driver.ts']],
  ])('%s names every one', (page, sources) => {
    const members = sources.flatMap(membersIn);
    expect(members.length).toBeGreaterThan(1);
    expect(unnamed(page, members)).toEqual([]);
  });

  it('docs/configuration.md names every variable, flag and member of the file', () => {
    const folders = ['cli', 'src/control/document'];
    const sources = folders.flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => readFileSync(join(root, folder, name), 'utf8')),
    );
    const names = sources.flatMap((text) => [
      ...[...text.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)]
        .map(([, name = '']) => name)
        .filter((name) => !/^E[A-Z]+$|^ERR_|^SIG/.test(name)),
      ...[...text.matchAll(/^\s+'?([a-z]+(?:[-_][a-z]+)*)'?: \{ type: /gm)].map(([, name = '']) => name),
    ]);
    const schemas = sources.filter((text) => text.includes('Schema = z.') || text.includes('configSchema'));
    const members = [...schemas.join('\n').matchAll(/^\s+([a-z]+(?:_[a-z]+)+): /gm)].map(([, name = '']) => name);
    expect(members).toContain('server_url');
    expect(names).toEqual(expect.arrayContaining(['NEXUS_CONFIG', 'drain-ms']));
    expect(unnamed('docs/configuration.md', [...names, ...members])).toEqual([]);
  });
});

describe('the check itself', () => {
  const page = (text: string): Page => ({ path: 'docs/any.md', text });

  it('sees code that does not compile', () => {
    const wrong = blocksOf(page('```ts\nconst model: number = hub;\n```\n'));
    expect(compileBlocks(root, wrong)).toEqual([expect.stringMatching(/^docs\/any\.md:2 Type 'NexusHub/)]);
  }, 60_000);

  it('sees links to files and headings that are not there', () => {
    expect(brokenLinks(page('# A\n[a](none.md)\n[b](#b)\n[c](#a)\n[d](../README.md)\n`'))).toEqual([
      'docs/any.md:2 there is no docs/none.md',
      'docs/any.md:3 docs/any.md has no #b',
    ]);
  });

  it('passes over what stands in code, and what a page excuses', () => {
    const text = '<!-- not compiled: another language -->\n```ts\n[a](none.md)\n```\n';
    expect(brokenLinks(page(text))).toEqual([]);
    expect(blocksOf(page(text))).toMatchObject([{ line: 3, notCompiled: 'another language' }]);
  });
});
