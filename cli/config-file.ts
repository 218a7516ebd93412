import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { checkedFile, type Config } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { codeOf } from './code-of.ts';
import type { Variables } from './environment.ts';
import { Problem } from './problem.ts';
import { type Path, substitute } from './substitute.ts';

/** A configuration file: what it says, with variables in place, and that once it was checked. */
export interface ReadConfig {
  readonly content: unknown;
  readonly config: Config;
}

/** What changes when a file is written; `undefined`: it is not there, or cannot be looked at. */
export function stateOf(file: string): Promise<string | undefined> {
  return stat(file).then(stateIn, () => undefined);
}

function stateIn({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

/**
 * Reads a configuration file, YAML or JSON by its extension, with variables put in place. A file system that hangs does
 * not hold up a server that runs.
 * @throws Problem naming file, line, member, rule and mend; it quotes no secret.
 */
export async function readConfigFile(file: string, variables: Variables): Promise<ReadConfig> {
  return parseConfig(await readText(file), file, variables);
}

/** As {@link readConfigFile}, for text that was read already. */
export function parseConfig(text: string, file: string, variables: Variables): ReadConfig {
  const lines = new LineCounter();
  // Pretty errors quote lines of the file, and those may hold keys.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw new Problem(`${at(file, lines, broken.pos[0])} ${syntaxOf(file)}: ${broken.message}`);
  if (extname(file) === '.json') checkJson(text, file);

  const place = (path: Path): string => `${at(file, lines, offsetOf(document, path))} ${written(path)}`;
  const content = substitute(valueOf(document, file), variables, (name, path) => {
    throw new Problem(
      `${place(path)}: the environment variable ${name} is not set. Set it, or write \${${name}:-default}.`,
    );
  });
  const checked = checkedFile(content, providerKinds);
  if ('config' in checked) return { content, config: checked.config };
  throw new Problem(checked.complaints.map(({ path, message }) => `${place(path)}: ${message}`).join('\n'));
}

/** What the text says. Aliases may make more of it than can be read, or something that holds itself. */
function valueOf(document: Document, file: string): unknown {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return value;
  } catch (cause) {
    const mend = 'Write out what they stand for.';
    throw new Problem(`${file}: its aliases (*name) lead to themselves, or to too much. ${mend}`, { cause });
  }
}

async function readText(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (['.yaml', '.yml', '.json'].includes(extname(file))) return text;
  } catch (cause) {
    const code = codeOf(cause);
    if (code !== 'ENOENT') throw new Problem(`${file}: the configuration file cannot be read (${code}).`, { cause });
    const mend = 'Check --config, or the variable NEXUS_CONFIG.';
    throw new Problem(`${file}: the configuration file does not exist (looked for ${resolve(file)}). ${mend}`);
  }
  throw new Problem(`${file}: expected a name that ends in .yaml, .yml or .json.`);
}

/** YAML takes more than JSON does; who names a file .json shall have JSON in it. */
function checkJson(text: string, file: string): void {
  try {
    JSON.parse(text);
  } catch {
    // The engine's message quotes the text.
    throw new Problem(`${file}: not valid JSON: look for a comment, a comma too many or an unquoted name.`);
  }
}

function syntaxOf(file: string): string {
  return extname(file) === '.json' ? 'not valid JSON' : 'not valid YAML';
}

/** `nexus.yaml:12` */
function at(file: string, lines: LineCounter, offset: number | undefined): string {
  return offset === undefined ? `${file}:` : `${file}:${lines.linePos(offset).line}:`;
}

/** Where a member stands, or the nearest that holds it. */
function offsetOf(document: Document, path: Path): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

/** `providers[0].kind` */
function written(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
