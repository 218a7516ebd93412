import { describe, expect, it } from 'vitest';
import { memoryLedger, NexusHub } from 'nexusai-hub';
import { createFetch } from 'nexusai-hub/http';
import type { AttemptLine, Logger } from 'nexusai-hub/ports';
import { unfailingLogger } from 'nexusai-hub/provider-kit';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { checkBooks, keepBooks } from '../request-path/books.ts';
import { failureOf, PLAIN, readAll, STREAM } from '../request-path/harness.ts';

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const SAYS = { says: 'Hello', usage: USAGE } as const;
const DOWN = { throws: 'provider_unavailable' } as const;

/** What becomes of each line a logger is told. */
const FAILURES = {
  throws: () => {
    throw new Error('The disk is full.');
  },
  'throws what is no error': () => {
    throw undefined;
  },
  rejects: () => Promise.reject(new Error('The disk is full.')) as never,
} satisfies Record<string, () => never>;

/** A logger that fails at every line, and how many there were. */
function failingLogger(fails: () => never): { readonly logger: Logger; readonly told: Set<string> } {
  const told = new Set<string>();
  const level = (name: string) => (_record: object, message: string) => {
    told.add(`${name}: ${message}`);
    return fails();
  };
  return { told, logger: { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') } };
}

/** One that says of each line later whether it was taken. */
function asynchronous(levels: Record<keyof Logger, (record: object, message: string) => Promise<void>>): Logger {
  return levels;
}

async function linesOf(lines: AsyncIterable<AttemptLine>): Promise<string[]> {
  const all: string[] = [];
  for await (const { providerId, outcome } of lines) all.push(`${providerId} ${outcome}`);
  return all;
}

describe.each(Object.entries(FAILURES))('B4: a logger that %s', (_how, fails) => {
  it('loses no attempt, circuit, lease, slot or record', async () => {
    const { logger, told } = failingLogger(fails);
    const [clock, books, ledger] = [manualClock(), keepBooks(), memoryLedger()];
    const { limiter, flowControl, sink } = books;
    const hub = new NexusHub({
      providers: { a: scriptedProvider([DOWN, SAYS, DOWN]), b: scriptedProvider([SAYS, SAYS, DOWN]) },
      models: { m: ['a', 'b'] },
      balancer: { order: (targets) => targets },
      circuit: { failures: 1, retryAfterMs: 5_000 },
      routing: { maxAttempts: 2 },
      logging: { prompts: true },
      statsSinks: [sink, { record: () => { throw new Error('The sink is full.'); } }], // prettier-ignore
      ...{ clock, limiter, flowControl, ledger, logger },
    });
    const stateOfA = async () => (await hub.circuits.list()).find(({ id }) => id === 'a/m')?.state.kind;

    // Fails over, and the circuit opens.
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
    expect(await stateOfA()).toBe('open');
    expect((await readAll(await hub.chat.completions.create(STREAM))).text).toBe('Hello');
    // It is probed, and closes.
    await clock.advance(5_000);
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
    expect(await stateOfA()).toBe('closed');
    // Nobody answers.
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_unavailable' });
    expect(await hub.circuits.close('a/m')).toMatchObject({ held: 'closed' });
    await hub.close();

    checkBooks(books, 4);
    expect(books.records.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'error']);
    expect(await linesOf(ledger.attempts({}))).toEqual(['a error', 'b ok', 'b ok', 'a ok', 'a error', 'b error']);
    for (const line of ['a prompt', 'a part failed after the answer', 'a circuit was held or freed'])
      expect([...told].some((one) => one.endsWith(line))).toBe(true);
    expect(
      [...told].filter((line) => line.includes('a circuit opened') || line.includes('a circuit closed')),
    ).toHaveLength(2);
  });

  it('does not keep a server from answering', async () => {
    const { logger, told } = failingLogger(fails);
    const authenticator = { identify: () => { throw new TypeError('no table of keys'); } }; // prettier-ignore
    const hub = new NexusHub({ providers: { a: scriptedProvider(SAYS) }, authenticator });
    const response = await createFetch(hub, { logger })('http://hub/v1/models');
    expect([response.status, [...told]]).toEqual([500, ['error: a request failed']]);
  });
});

describe('a logger that failed', () => {
  it('is told how many lines were lost, and by what, once it takes lines again', async () => {
    let isFull = true;
    const lines: unknown[] = [];
    const write = (record: object, message: string): void => {
      if (isFull) throw new Error('The disk is full.');
      lines.push([record, message]);
    };
    const logger = unfailingLogger({ debug: write, info: write, warn: write, error: write });
    for (let line = 0; line < 3; line++) logger.error({ line }, 'lost');
    isFull = false;
    logger.info({}, 'taken');
    logger.info({}, 'taken');
    expect(lines).toEqual([
      [{}, 'taken'],
      [{ lost: 3, cause: new Error('The disk is full.') }, 'the logger failed: so many lines are lost'],
      [{}, 'taken'],
    ]);
  });

  it('and still does at warnings keeps the count', () => {
    const counts: unknown[] = [];
    let isWell = false;
    const fails = (): never => {
      throw new Error('No warnings.');
    };
    const warn = (record: object): void => {
      if (!isWell) fails();
      counts.push(record);
    };
    const logger = unfailingLogger({ debug() {}, info() {}, warn, error: fails });
    logger.error({}, 'lost');
    logger.error({}, 'lost');
    logger.info({}, 'taken');
    isWell = true;
    logger.info({}, 'taken');
    expect(counts).toEqual([{ lost: 2, cause: new Error('No warnings.') }]);
  });

  it('by rejecting is told once of all that was lost, and of nothing before a line is taken', async () => {
    let isFull = true;
    const lines: [message: string, record: object][] = [];
    const write = async (record: object, message: string): Promise<void> => {
      lines.push([message, record]);
      if (isFull) throw new Error('The disk is full.');
    };
    const logger = unfailingLogger(asynchronous({ debug: write, info: write, warn: write, error: write }));
    for (let line = 0; line < 50; line++) {
      logger.error({}, 'lost');
      logger.error({}, 'lost');
      await new Promise(setImmediate);
    }
    expect(lines).toHaveLength(100);
    lines.length = 0;
    isFull = false;
    for (let line = 0; line < 3; line++) logger.info({}, 'taken');
    await new Promise(setImmediate);
    expect(lines).toEqual([
      ['taken', {}],
      ['taken', {}],
      ['taken', {}],
      ['the logger failed: so many lines are lost', { lost: 100, cause: new Error('The disk is full.') }],
    ]);
  });

  it('by rejecting, and rejects the warning, too, keeps the count, and warns once at a time', async () => {
    const counts: unknown[] = [];
    let reject: (cause: Error) => void = () => undefined;
    const warn = (record: object): Promise<void> => {
      counts.push(record);
      return new Promise((_resolve, fails) => (reject = fails));
    };
    const takes = (): Promise<void> => Promise.resolve();
    const fails = (): Promise<void> => Promise.reject(new Error('The disk is full.'));
    const logger = unfailingLogger(asynchronous({ debug: takes, info: takes, warn, error: fails }));
    const settled = () => new Promise(setImmediate);
    logger.error({}, 'lost');
    logger.error({}, 'lost');
    await settled();
    logger.info({}, 'taken');
    await settled();
    expect(counts).toEqual([{ lost: 2, cause: new Error('The disk is full.') }]);
    // Nobody knows yet what becomes of that warning.
    logger.error({}, 'lost');
    await settled();
    logger.info({}, 'taken');
    logger.debug({}, 'taken');
    await settled();
    expect(counts).toHaveLength(1);
    reject(new Error('No warnings.'));
    await settled();
    expect(counts).toHaveLength(1);
    logger.info({}, 'taken');
    await settled();
    expect(counts.slice(1)).toEqual([{ lost: 3, cause: new Error('No warnings.') }]);
  });

  it('is guarded once', () => {
    const guarded = unfailingLogger(failingLogger(FAILURES.throws).logger);
    expect(unfailingLogger(guarded)).toBe(guarded);
  });
});
