import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Problem } from './problem.ts';

type FlagOptions = NonNullable<ParseArgsConfig['options']>;

type Parsed<Options extends FlagOptions> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>
>;

/**
 * Reads what was written after a command.
 * @throws Problem with the command's help.
 */
export function parsedParameters<const Options extends FlagOptions>(
  args: readonly string[],
  options: Options,
  help: string,
): Parsed<Options> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new Problem(`${cause instanceof Error ? cause.message : 'the flags cannot be read'}\n\n${help}`, { cause });
  }
}

/**
 * The one file a command is about.
 * @throws Problem with the command's help.
 */
export function oneFile(positionals: readonly string[], help: string): string {
  const [file, ...more] = positionals;
  if (file !== undefined && file !== '' && more.length === 0) return file;
  throw new Problem(`${file === undefined ? 'Which file?' : 'One file at a time.'}\n\n${help}`);
}
