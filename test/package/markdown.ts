import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A page of the documentation; its path is relative to the project, with forward slashes. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A fenced piece of code in a page. */
export interface CodeBlock {
  readonly page: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Why it is not compiled, where the page says so: `<!-- not compiled: reason -->` before it. */
  readonly notCompiled: string | undefined;
}

/** Where a page points to, with the line it stands on. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** The pages of a project: Markdown at its top, and everything below `docs/`. */
export function readPages(root: string): Page[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join('docs', name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.md'));
  return [...top, ...below].sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The fenced pieces of code of a page. */
export function blocksOf({ path, text }: Page): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split('\n');
  let begun: { line: number; language: string; notCompiled: string | undefined } | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (!fence) continue;
    if (begun) {
      blocks.push({ page: path, ...begun, code: lines.slice(begun.line - 1, index).join('\n') });
      begun = undefined;
      continue;
    }
    // Prettier puts an empty line between the two.
    const before = lines[index - 1] || lines[index - 2];
    const notCompiled = /^<!-- not compiled: (.+) -->$/.exec(before ?? '')?.[1];
    begun = { line: index + 2, language: fence[1] ?? '', notCompiled };
  }
  return blocks;
}

/** The links of a page that stand outside its code. */
export function linksOf({ text }: Page): Link[] {
  return proseOf(text).flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ line: index + 1, target })),
  );
}

/** The places within a page that a link can name, as GitHub makes them from headings. */
export function anchorsOf({ text }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseOf(text)) {
    const heading = /^#+\s+(.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The lines of a page, those of its code blocks empty. */
function proseOf(text: string): string[] {
  let inCode = false;
  return text.split('\n').map((line) => {
    if (line.startsWith('```')) {
      inCode = !inCode;
      return '';
    }
    return inCode ? '' : line;
  });
}
