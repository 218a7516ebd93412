import type { Variables } from './environment.ts';

/** What a command is given, and where it says what. */
export interface CommandContext {
  readonly variables: Variables;
  /** What was asked for: goes to stdout. */
  readonly print: (line: string) => void;
  /** What is going on: goes to stderr. */
  readonly tell: (line: string) => void;
}

/** A word after `nexusai-hub` that does one thing and ends. */
export interface Command {
  /** What its `--help` prints. */
  readonly help: string;
  /**
   * @param parameters what was written after the word.
   * @throws Problem
   */
  run(parameters: readonly string[], context: CommandContext): Promise<void>;
}
