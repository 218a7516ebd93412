import type { Logger } from 'nexusai-hub/ports';

/** A line of a log. */
export type LogLine = [level: keyof Logger, message: string, record: Record<string, unknown>];

/** A logger, and what it was told. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (level: keyof Logger) => (record: object, message: string) => {
    lines.push([level, message, record as Record<string, unknown>]);
  };
  return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
}
