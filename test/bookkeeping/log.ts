import type { Logger } from 'nexusai-hub/ports';

/** Remembers what was logged: `level message`, and the record. */
export interface Log extends Logger {
  readonly lines: { readonly line: string; readonly record: object }[];
}

export function keptLog(): Log {
  const lines: { line: string; record: object }[] = [];
  const write = (level: string) => (record: object, message: string) => {
    lines.push({ line: `${level} ${message}`, record });
  };
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
