import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Keeps watch over one program: ends it when its own input ends, which it does when the process of the test is gone,
 * however it went. Says the program's process id first, and ends when the program does.
 */
const WATCH = `"$@" </dev/null >/dev/null 2>&1 &
program=$!
echo "$program"
exec 3<&0
{ cat <&3 >/dev/null; kill -CONT "$program"; kill -KILL "$program"; } 2>/dev/null &
watch=$!
wait "$program" 2>/dev/null
kill "$watch" 2>/dev/null`;

/** A program that a test has started. */
export interface Service {
  readonly pid: number;
  /** Stands still, with its sockets open, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it without a word, as a crash does. Resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a program of the system.
 * @throws Error when it cannot be started.
 */
export async function startService(program: string, args: readonly string[]): Promise<Service> {
  const watch = spawn('sh', ['-c', WATCH, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<void>((resolve) => watch.once('close', () => resolve()));
  const pid = await pidFrom(watch);
  return {
    pid,
    freeze: () => process.kill(pid, 'SIGSTOP'),
    thaw: () => process.kill(pid, 'SIGCONT'),
    kill() {
      watch.stdin?.end();
      return gone;
    },
  };
}

function pidFrom(watch: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    watch.once('error', reject);
    watch.stdout?.once('data', (bytes: Buffer) => resolve(Number(bytes.toString())));
    watch.once('close', () => reject(new Error('The program ended before it had begun.')));
  });
}
