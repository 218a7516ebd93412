import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { LedgerError } from '../sql/ledger-error.ts';

const NAME = 'nexusai-hub/adapters/sqlite-worker';

/**
 * Starts the program of the thread. It is found by the name of the package, because what is built from this file may lie
 * anywhere: in a file that several entry points share, or in the bundle of a user.
 * @throws LedgerError `unavailable`, with the mend.
 */
export function startWorker(options: WorkerOptions): Worker {
  const here = (import.meta.url as string | undefined) ?? programUrl();
  if (here.endsWith('.ts')) return startSource(new URL('worker.ts', here), options);
  return new Worker(builtProgram(here), options);
}

/** Where modules were bundled into CommonJS, none of them knows where it is; the bundle is what was started. */
function programUrl(): string {
  return pathToFileURL(process.argv[1] ?? '.').href;
}

function builtProgram(here: string): string {
  try {
    return createRequire(here).resolve(NAME);
  } catch (cause) {
    throw new LedgerError(
      'unavailable',
      `The program of the ledger's thread, ${NAME}, is not where this one can find it. Where you bundle, leave ` +
        'nexusai-hub out of the bundle, or set thread: false.',
      cause,
    );
  }
}

/** What runs from its sources has tsx, which does not come along to threads by itself. */
function startSource(source: URL, options: WorkerOptions): Worker {
  const program = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(source)}); })`;
  return new Worker(program, { ...options, eval: true });
}
