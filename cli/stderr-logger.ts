import type { Logger } from 'nexusai-hub/ports';

/** Writes what the hub logs, all but `debug`, to stderr, a line of JSON each; of a cause its name and message. */
export function stderrLogger(): Logger {
  const write = (level: string) => (record: object, message: string) => {
    const time = new Date().toISOString();
    console.error(JSON.stringify({ level, time, message, ...record }, (_name, value: unknown) => plain(value)));
  };
  return { debug() {}, info: write('info'), warn: write('warn'), error: write('error') };
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(cause === undefined ? {} : { cause }) };
}
