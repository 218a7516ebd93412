import { join } from 'node:path';

import ts from 'typescript';

import type { CodeBlock } from './markdown.ts';

/** What a page may use without saying where it comes from. A block that declares the same name has its own. */
const GIVEN = `
import type { NexusHub as Hub } from 'nexusai-hub';
import type { ChatMessage } from 'nexusai-hub/ports';
declare global {
  const hub: Hub;
  const messages: ChatMessage[];
}
`;

/**
 * Type-checks blocks of TypeScript as users would, against the sources and with the project's own settings. Returns
 * what is wrong, as `page:line message`.
 */
export function compileBlocks(root: string, blocks: readonly CodeBlock[]): string[] {
  const options = compilerOptions(root);
  const host = ts.createCompilerHost(options);
  const given = join(root, 'documentation-given.ts');
  const files = new Map(blocks.map((block, index) => [join(root, `documentation-block-${index}.ts`), block]));
  const texts = new Map([...files].map(([path, { code }]) => [path, `${code}\nexport {};\n`]));
  texts.set(given, GIVEN);

  const program = ts.createProgram([...texts.keys()], options, {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile(path, ...rest) {
      const text = texts.get(path);
      return text === undefined
        ? host.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    },
  });
  return [...texts.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((diagnostic) => told(diagnostic, files.get(path)));
  });
}

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // A page shows pieces: what it declares need not be used.
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

function told({ file, start = 0, messageText }: ts.Diagnostic, block: CodeBlock | undefined): string {
  const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + (block?.line ?? 1);
  return `${block?.page ?? 'given'}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
