import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Nothing that would let a program out: no key, no proxy, no port of somebody else. */
const ENVIRONMENT = { PATH: process.env['PATH'], PORT: '0', FORCE_COLOR: '0' };

/** A program that runs, or ran. */
export interface Program {
  /** What it has printed so far. */
  readonly printed: string;
  /** Resolves with the first printed text that matches, once it is there. Rejects when the program ends without it. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** Runs a program that was built. */
export function runFile(path: string): Program {
  return run([path]);
}

/** Runs TypeScript source, as if it stood in a module at the top of this project. */
export function runSource(code: string): Program {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
  return run(['--import', 'tsx', '--input-type=module', '--eval', ts.transpile(code, options)]);
}

function run(args: readonly string[]): Program {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watched(child);
}

function watched(child: ChildProcess): Program {
  let printed = '';
  const listeners = new Set<() => void>();
  const hear = (bytes: Buffer): void => {
    printed += bytes.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    get printed() {
      return printed;
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const [found] = pattern.exec(printed) ?? [];
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then((code) => {
          reject(new Error(`The program ended with ${code} before it printed ${pattern}:\n${printed}`));
        });
      }),
    ended,
    signal(name) {
      child.kill(name);
    },
  };
}
