/** Structured log, as pino and others have it: a flat record, then a sentence. Silent by default. */
export interface Logger {
  debug(record: object, message: string): void;
  info(record: object, message: string): void;
  warn(record: object, message: string): void;
  error(record: object, message: string): void;
}
