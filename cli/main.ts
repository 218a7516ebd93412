#!/usr/bin/env node
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { HELP, readyLines } from './announce.ts';
import { maskingLogger } from 'nexusai-hub';
import { portOf, readEnvironment } from './environment.ts';
import { type KeptRecords, keptRecords } from './kept-records.ts';
import { Problem } from './problem.ts';
import { runCommand } from './run-command.ts';
import { checkAddress, serve } from './serve.ts';
import { servedBy } from './served.ts';
import { planOf, setUp } from './setup.ts';
import { shareState } from './shared-state.ts';
import { whenToldToEnd } from './signals.ts';
import { stderrLogger } from './stderr-logger.ts';
import { watchConfig } from './watch-config.ts';

/** Kubernetes and Docker kill after 30 and 10 seconds; whoever has less sets less. */
const DRAIN_MS = 20_000;

try {
  await run();
} catch (cause) {
  if (!(cause instanceof Problem)) throw cause;
  console.error(cause.message);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const tell = (line: string): void => {
    console.error(line);
  };
  const context = { variables: process.env, print: (line: string) => console.log(line), tell };
  if (await runCommand(process.argv.slice(2), context)) return;
  const flags = readFlags();
  if (flags.help) console.log(HELP);
  else if (flags.version) console.log(versionOf());
  else {
    const logger = maskingLogger(stderrLogger());
    const environment = readEnvironment(process.env);
    tell('NexusAI Hub is starting ...');
    const plan = await planOf({ flags, environment, variables: process.env, logger, tell });
    // A key that is made now is shown now, and never again: not for a start that comes to nothing.
    await checkAddress(plan);
    const shared = await shareState(plan);
    let kept: KeptRecords | undefined;
    try {
      kept = await keptRecords(plan);
      const setup = setUp(plan, { ...shared.options, ...kept.options });
      const served = await servedBy(setup);
      const running = await serve(setup, served, setup.hub.logger);
      const unwatch = watchConfig(plan, setup);
      console.log(readyLines(running.url, versionOf(), served).join('\n'));
      whenToldToEnd((reason) => {
        tell(`${reason}: finishing requests under way (at most ${flags.drainMs / 1000} s); a signal now ends at once.`);
        unwatch();
        void running.stop(flags.drainMs).then(() => {
          shared.close();
          tell('NexusAI Hub has stopped.');
          process.exit(0);
        });
      });
    } catch (cause) {
      // What is left open would keep a process alive that serves nobody.
      shared.close();
      await kept?.close();
      throw cause;
    }
  }
}

interface Flags {
  readonly help: boolean;
  readonly version: boolean;
  readonly config: string | undefined;
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly drainMs: number;
}

function readFlags(): Flags {
  const { values } = parsed();
  const drain = values['drain-ms'];
  if (drain !== undefined && !/^\d{1,9}$/.test(drain)) throw new Problem('--drain-ms: expected milliseconds.');
  return {
    help: values.help ?? false,
    version: values.version ?? false,
    config: values.config,
    port: values.port === undefined ? undefined : portOf(values.port, '--port'),
    host: values.host,
    drainMs: drain === undefined ? DRAIN_MS : Number(drain),
  };
}

function parsed(): ReturnType<typeof parseFlags> {
  try {
    return parseFlags();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'the flags cannot be read';
    throw new Problem(`${message}\n\n${HELP}`, { cause });
  }
}

function parseFlags() {
  return parseArgs({
    options: {
      config: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      'drain-ms': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  });
}

function versionOf(): string {
  const description: unknown = createRequire(import.meta.url)('nexusai-hub/package.json');
  const isDescribed = typeof description === 'object' && description !== null && 'version' in description;
  return isDescribed ? String(description.version) : 'unknown';
}
