import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import ts from 'typescript';

import { ENTRY_POINTS, publicName } from '../../entry-points.ts';

/** One import of a file: `import`, `export ... from`, `import()` or `import('...').Type`. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Erased when compiled: nothing is loaded at run time. */
  readonly typeOnly: boolean;
}

/** A source file as the import rules see it; paths are relative to the project, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly lines: number;
  /** Nothing but re-exports. */
  readonly barrel: boolean;
}

const PUBLIC_SOURCES = new Map(Object.entries(ENTRY_POINTS).map(([entry, source]) => [publicName(entry), source]));

/** Every TypeScript file below the given folders of a project; a folder that is not there has no files. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => pathsBelow(root, folder))
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

/** Parses one file; by the syntax tree, so that an import inside a comment or a string is none. */
export function sourceFile(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found) {
      const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      imports.push({ ...found, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const reExports = tree.statements.filter(
    (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier,
  );
  const barrel = tree.statements.length > 0 && reExports.length === tree.statements.length;
  return { path, imports, lines: text.replace(/\n$/, '').split('\n').length, barrel };
}

/** The file of this project that an import means, or `undefined` for a package. */
export function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  return PUBLIC_SOURCES.get(specifier);
}

/** `@scope/name` of `@scope/name/file`, `node:fs` of `node:fs/promises`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function importOf(node: ts.Node): Omit<Import, 'line'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnlyImport(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnlyExport(node) };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [specifier] = node.arguments;
    return specifier && ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, typeOnly: false } : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  return undefined;
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  if (!node.exportClause || !ts.isNamedExports(node.exportClause)) return false;
  return node.exportClause.elements.every((element) => element.isTypeOnly);
}

function pathsBelow(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.includes('node_modules/'))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
