/**
 * The options of this process's command line, read by `optionsOf`; `undefined` when there is nothing to run, and why has
 * been told: `usage` where help was asked for, else what is wrong.
 */
export function readOptions<Options extends object>(
  optionsOf: (words: readonly string[]) => Options | 'help',
  usage: string,
): Options | undefined {
  try {
    const options = optionsOf(process.argv.slice(2));
    if (options !== 'help') return options;
    console.log(usage);
  } catch (cause) {
    console.error(cause instanceof TypeError ? cause.message : cause);
    process.exitCode = 1;
  }
  return undefined;
}
