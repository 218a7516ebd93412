import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The command line as its sources are. */
const SOURCES = ['--import', 'tsx', 'cli/main.ts'];

/** The command line, running in a process of its own. */
export interface Started {
  readonly child: ChildProcess;
  readonly output: { out: string; err: string };
  /** Resolves with the exit code when all of its output has been read. */
  readonly ended: Promise<number | null>;
  /** Resolves with the first line of its output. */
  firstLine(): Promise<string>;
  /** Resolves when it has written this to stderr. */
  says(text: string): Promise<void>;
}

/** How it is started. */
interface Start {
  /** Keeps its data in this folder. */
  readonly folder: string;
  readonly parameters?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** What Node runs. @default the sources */
  readonly program?: readonly string[];
}

/** Starts it on a free port, with nothing of our own environment that could change what it does. */
export function startCommandLine({ folder, parameters = [], variables = {}, program = SOURCES }: Start): Started {
  const inherited = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME'].includes(name));
  const child = spawn(process.execPath, [...program, ...parameters], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), PORT: '0', NEXUS_DATA_DIR: join(folder, 'data'), ...variables },
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => (output.out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output.err += bytes.toString()));
  // Not its exit: what it has said last may be read after that.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      const over = await Promise.race([ended, once(child.stdout, 'data'), once(child.stderr, 'data')]);
      if (!Array.isArray(over) && !isThere()) throw new Error(`It ended with ${over}: ${output.err}`);
    }
  };
  return {
    child,
    output,
    ended,
    async firstLine() {
      await until(() => output.out.includes('\n'));
      return output.out.split('\n', 1)[0] ?? '';
    },
    says: (text) => until(() => output.err.includes(text)),
  };
}
