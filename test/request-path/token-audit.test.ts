import type { ChatCompletion, Logger, TokenCounter, Usage } from 'nexusai-hub/ports';
import { chunkOf, completionOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import type { Call } from '../../src/call.ts';
import { silentLogger } from '../../src/defaults/logger.ts';
import { MOST_COUNTED_TEXT } from '../../src/openai/usage.ts';
import { TokenAudit } from '../../src/token-audit.ts';
import { harness, PLAIN, readAll, STREAM } from './harness.ts';

/** A token for each character; exact unless told. */
function byCharacter(exact: boolean = false): TokenCounter {
  return { count: (text) => Promise.resolve({ tokens: text.length, exact }) };
}

const CALL: Call = {
  operation: 'embeddings',
  request: { model: 'm', input: 'x'.repeat(100) },
  credentials: { via: 'process' },
};

function usageOf(prompt: number, completion: number, rest: Partial<Usage> = {}): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...rest };
}

function auditOf(counter: TokenCounter = byCharacter(), share: number = 1, logger: Logger = silentLogger): TokenAudit {
  return new TokenAudit(counter, share, () => 0.5, logger, manualClock());
}

/** Compares a prompt of 100 characters and an answer of ten with what was reported, so many times. */
async function learn(audit: TokenAudit, model: string, usage: Usage, times: number = 1): Promise<void> {
  for (let time = 0; time < times; time++) await audit.compare({ call: CALL, model, usage, text: 'y'.repeat(10) });
}

describe('TokenAudit', () => {
  it('K6: tells how far counts are off, by model and side', async () => {
    const audit = auditOf(byCharacter(true));
    await learn(audit, 'gpt-4o', usageOf(100, 10));
    await learn(audit, 'gpt-4o', usageOf(80, 20));
    expect(audit.accuracy()['gpt-4o']).toEqual({
      prompt: { samples: 2, accuracy: 1 - 20 / 180, meanError: 20 / 80 / 2, correction: 1 },
      completion: { samples: 2, accuracy: 1 - 10 / 30, meanError: 0.25, correction: 1 },
    });
  });

  it('K6: corrects counts of models without a known encoding by what was reported, each side by its own', async () => {
    const audit = auditOf();
    await learn(audit, 'ernie-4.5', usageOf(150, 8), 4);
    expect(audit.corrected('ernie-4.5', 'prompt', { tokens: 1_000, exact: false })).toBe(1_000);
    await learn(audit, 'ernie-4.5', usageOf(150, 8));
    expect(audit.corrected('ernie-4.5', 'prompt', { tokens: 1_000, exact: false })).toBe(1_500);
    expect(audit.corrected('ernie-4.5', 'completion', { tokens: 1_000, exact: false })).toBe(800);
    expect(audit.corrected('qwen-max', 'prompt', { tokens: 1_000, exact: false })).toBe(1_000);
    // What it told was still uncorrected; from now on it is right.
    expect(audit.accuracy()['ernie-4.5']?.prompt).toMatchObject({ meanError: 50 / 150, correction: 1.5 });
    await learn(audit, 'ernie-4.5', usageOf(150, 8), 100);
    expect(audit.accuracy()['ernie-4.5']).toMatchObject({
      prompt: { samples: 100, accuracy: 1 },
      completion: { accuracy: 1 },
    });
  });

  it('K6: leaves counts of known encodings alone, and those a counter of your own calls exact', async () => {
    const audit = auditOf();
    await learn(audit, 'gpt-4o', usageOf(150, 15), 10);
    expect(audit.corrected('gpt-4o', 'prompt', { tokens: 1_000, exact: false })).toBe(1_000);
    await learn(audit, 'qwen-max', usageOf(150, 15), 10);
    expect(audit.corrected('qwen-max', 'prompt', { tokens: 1_000, exact: true })).toBe(1_000);
  });

  it('K6: is not led astray by a few odd answers, and follows a model that changes', async () => {
    const audit = auditOf();
    await learn(audit, 'm', usageOf(120, 12), 20);
    await learn(audit, 'm', usageOf(4_000, 12), 5);
    expect(audit.corrected('m', 'prompt', { tokens: 100, exact: false })).toBe(120);
    await learn(audit, 'm', usageOf(90, 12), 100);
    expect(audit.corrected('m', 'prompt', { tokens: 100, exact: false })).toBe(90);
    await learn(audit, 'm', usageOf(100_000, 1), 100);
    expect(audit.corrected('m', 'prompt', { tokens: 100, exact: false })).toBe(500);
    expect(audit.corrected('m', 'completion', { tokens: 100, exact: false })).toBe(20);
  });

  it('K6: goes by long texts more than by short ones', async () => {
    const audit = auditOf();
    const compare = (length: number, reported: number): Promise<void> => {
      const call = { ...CALL, request: { model: 'm', input: 'x'.repeat(length) } } as Call;
      return audit.compare({ call, model: 'm', usage: usageOf(reported, 0), text: undefined });
    };
    for (let time = 0; time < 5; time++) await compare(10, 30);
    for (let time = 0; time < 2; time++) await compare(1_000, 1_200);
    expect(audit.corrected('m', 'prompt', { tokens: 100, exact: false })).toBe(120);
  });

  it('compares no answer of which only the beginning was kept', async () => {
    const audit = auditOf();
    await audit.compare({ call: CALL, model: 'm', usage: usageOf(100, 900_000), text: 'y'.repeat(MOST_COUNTED_TEXT) });
    expect(audit.accuracy()).toMatchObject({ m: { prompt: { samples: 1 }, completion: undefined } });
  });

  it('S11: compares nothing that was not measured', async () => {
    const audit = auditOf();
    await learn(audit, 'm', usageOf(0, 0));
    await audit.compare({
      call: { ...CALL, request: { model: 'm', input: '' } },
      model: 'm',
      usage: usageOf(5, 5),
      text: '',
    });
    expect(audit.accuracy()).toEqual({});
    const url = 'https://example.com/a.png';
    const messages = [{ role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url } }] }];
    const call = { operation: 'chat', request: { model: 'm', messages }, credentials: { via: 'process' } } as const;
    await audit.compare({ call, model: 'm', usage: usageOf(900, 10), text: 'y'.repeat(10) });
    expect(audit.accuracy()['m']).toMatchObject({ prompt: undefined, completion: { samples: 1 } });
  });

  it.each([
    ['thinking that was not shown', 'reasoning_tokens'],
    ['sound', 'audio_tokens'],
    ['guesses thrown away', 'rejected_prediction_tokens'],
  ])('does not compare a completion with %s', async (_what, name) => {
    const audit = auditOf();
    await learn(audit, 'm', usageOf(100, 50, { completion_tokens_details: { [name]: 40 } }));
    await learn(audit, 'n', usageOf(100, 50, { completion_tokens_details: { [name]: 0 } }));
    expect(audit.accuracy()).toMatchObject({ m: { completion: undefined }, n: { completion: { samples: 1 } } });
  });

  it('takes its share', () => {
    const wants = (share: number, random: number): boolean =>
      new TokenAudit(byCharacter(), share, () => random, silentLogger, manualClock()).wantsOne('m');
    expect(wants(0.01, 0.0099)).toBe(true);
    expect(wants(0.01, 0.01)).toBe(false);
    expect(wants(0, 0)).toBe(false);
  });

  it('takes two a second of a busy model, each model by itself, and ten in a row where none was for a while', async () => {
    const clock = manualClock();
    const audit = new TokenAudit(byCharacter(), 1, () => 0, silentLogger, clock);
    const taken = (model: string, times: number): number =>
      Array.from({ length: times }, () => audit.wantsOne(model)).filter((isTaken) => isTaken).length;
    expect([taken('busy', 1_000), taken('other', 3)]).toEqual([10, 3]);
    await clock.advance(499);
    expect(taken('busy', 1_000)).toBe(0);
    let busy = 0;
    for (let ms = 0; ms < 60_000; ms += 10) {
      await clock.advance(10);
      busy += taken('busy', 1);
    }
    expect(busy).toBe(120);
    await clock.advance(3_600_000);
    expect(taken('busy', 1_000)).toBe(10);
    for (let second = 0; second < 100; second++) {
      await clock.advance(1_000);
      expect(taken('quiet', 2)).toBe(2);
    }
  });

  it('counts a long answer for as many as it takes the time of, whatever its provider reports', async () => {
    const clock = manualClock();
    const audit = new TokenAudit(byCharacter(), 1, () => 0, silentLogger, clock);
    const call = { ...CALL, request: { model: 'm', input: 'x'.repeat(24_000) } };
    expect(audit.wantsOne('m')).toBe(true);
    await audit.compare({ call, model: 'm', usage: usageOf(3, 1), text: 'y'.repeat(1_000) });
    // Twenty-five, of which ten may come in a row: sixteen times half a second from now there is room for one.
    await clock.advance(7_999);
    expect(audit.wantsOne('m')).toBe(false);
    await clock.advance(1);
    expect(audit.wantsOne('m')).toBe(true);
  });

  it('M4: remembers a bounded number of models, whatever callers name', async () => {
    const audit = auditOf();
    for (let model = 0; model < 2_000; model++) await learn(audit, `m${model}`, usageOf(100, 10));
    expect(Object.keys(audit.accuracy()).length).toBeLessThanOrEqual(500);
    expect(audit.accuracy()).toHaveProperty('m1999');
  });
});

describe('a hub that compares', () => {
  const usage = usageOf(30, 4);
  const tokens = { check: 1 };

  it.each([PLAIN, STREAM])('K6: shows how exact its counts are (stream: $stream)', async (request) => {
    const { hub, books } = harness(
      { a: scriptedProvider({ says: 'Hiya', usage }) },
      { tokenCounter: byCharacter(true), tokens },
    );
    const answer = await hub.chat.completions.create({ ...request, stream_options: { include_usage: true } });
    if (request.stream === true) await readAll(answer as never);
    await hub.close();
    expect(books.records[0]).toMatchObject({ usage, usageProvenance: 'reported' });
    expect(hub.stats.now().tokenAccuracy).toEqual({
      m: {
        prompt: { samples: 1, accuracy: 0.5, meanError: 0.5, correction: 1 },
        completion: { samples: 1, accuracy: 1, meanError: 0, correction: 1 },
      },
    });
  });

  it('K6: corrects what it tells of a model that reported before', async () => {
    const scripts = [...Array.from({ length: 5 }, () => ({ says: 'Hiya', usage })), { says: 'Hello!' }];
    const { hub, books } = harness({ a: scriptedProvider(scripts) }, { tokenCounter: byCharacter(), tokens });
    for (let request = 0; request < 6; request++) {
      await hub.chat.completions.create(PLAIN);
      await new Promise(setImmediate);
    }
    await hub.close();
    expect(books.records.at(-1)).toMatchObject({
      usage: usageOf(30, 6),
      usageProvenance: 'estimated',
      usageIsExact: false,
    });
  });

  it('compares no completion that is more than its text', async () => {
    const completion = completionOf('Hiya', 'm', usage);
    const [choice] = completion.choices;
    const tool_calls = [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const bodies = [
      { ...completion, choices: [{ ...choice, message: { ...choice?.message, tool_calls } }] },
      { ...completion, choices: [choice, { ...choice, index: 1 }] },
    ] as ChatCompletion[];
    const thinking = {
      ...chunkOf({}),
      choices: [{ index: 0, delta: { reasoning_content: 'hm' }, finish_reason: null }],
    };
    const last = { ...chunkOf({ finish: 'stop' }), usage };
    const { hub } = harness(
      {
        a: scriptedProvider([
          ...bodies.map((completes) => ({ completes })),
          { streams: [{ yields: [thinking, last] }] },
        ]),
      },
      { tokenCounter: byCharacter(true), tokens },
    );
    for (const request of [PLAIN, PLAIN]) await hub.chat.completions.create(request);
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    expect(hub.stats.now().tokenAccuracy).toMatchObject({ m: { prompt: { samples: 3 }, completion: undefined } });
  });

  it('compares no stream of several choices, and none that two attempts made', async () => {
    const last = chunkOf({ finish: 'stop' });
    const [choice] = last.choices;
    const said = chunkOf({ content: 'Hiya' });
    const second = { ...last, choices: [{ ...choice, index: 1 }], usage };
    const several = scriptedProvider({ streams: [{ yields: [said, last, second] }] } as never);
    const { hub } = harness({ a: several }, { tokenCounter: byCharacter(true), tokens });
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    expect(hub.stats.now().tokenAccuracy).toMatchObject({ m: { prompt: { samples: 1 }, completion: undefined } });
    const broken = scriptedProvider({ streams: [{ yields: { ...said, usage } }] });
    const { hub: other, books } = harness(
      { a: broken, b: scriptedProvider({ says: 'more', usage }) },
      { tokenCounter: byCharacter(true), tokens, routing: { continuation: 'marked', backoffMs: 0 } },
    );
    await readAll(await other.chat.completions.create(STREAM));
    await other.close();
    expect(books.records[0]?.attempts).toMatchObject([{ usage }, { usage, outcome: 'ok' }]);
    expect(other.stats.now().tokenAccuracy).toEqual({});
  });

  it('K5: delays no answer and no record, and takes no third while two are counted', async () => {
    const counts: (() => void)[] = [];
    const tokenCounter: TokenCounter = {
      count: () => new Promise((resolve) => counts.push(() => resolve({ tokens: 1, exact: true }))),
    };
    const { hub, books } = harness({ a: scriptedProvider({ says: 'Hiya', usage }) }, { tokenCounter, tokens });
    for (let request = 0; request < 20; request++) await hub.chat.completions.create(PLAIN);
    expect(books.records).toHaveLength(20);
    expect(counts).toHaveLength(2);
    // Each that is counted lets the next text come.
    for (const counted of counts) {
      counted();
      await new Promise(setImmediate);
    }
    await hub.close();
    expect(hub.stats.now().tokenAccuracy).toMatchObject({ m: { prompt: { samples: 2 }, completion: { samples: 2 } } });
    expect(counts).toHaveLength(6);
  });

  it('counts nothing when it is turned off, and nothing of what was not delivered', async () => {
    const tokenCounter: TokenCounter = { count: () => Promise.reject(new Error('nobody asked')) };
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (details: unknown) => void warnings.push(details) };
    const says = scriptedProvider({ says: 'Hiya', usage });
    const { hub } = harness({ a: says }, { tokenCounter, tokens: { check: 0 }, random: () => 0, logger });
    await hub.chat.completions.create(PLAIN);
    await hub.close();
    const cut = scriptedProvider({
      streams: [{ yields: { ...chunkOf({ content: 'x' }), usage } }, { throws: 'stream_interrupted' }],
    });
    const other = harness({ a: cut }, { tokenCounter, tokens, logger });
    await readAll(await other.hub.chat.completions.create(STREAM));
    await other.hub.close();
    expect(warnings).toEqual([]);
    expect(other.hub.stats.now().tokenAccuracy).toEqual({});
  });

  it('tells the log when a count fails, and nobody else', async () => {
    const warnings: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (details: object, message: string) => void warnings.push({ ...details, message }),
    };
    const tokenCounter: TokenCounter = { count: () => Promise.reject(new Error('no encoder')) };
    const { hub, books } = harness({ a: scriptedProvider({ says: 'Hiya', usage }) }, { tokenCounter, tokens, logger });
    await hub.chat.completions.create(PLAIN);
    await hub.close();
    expect(books.records[0]).toMatchObject({ usage, outcome: 'ok' });
    expect(warnings).toMatchObject([{ model: 'm', message: 'tokens could not be compared' }]);
  });

  it.each([[-0.1], [1.1], ['all']])('refuses a share of %s', (check) => {
    expect(() => harness({ a: scriptedProvider({ says: 'x' }) }, { tokens: { check: check as number } })).toThrow(
      /NexusHub options: tokens\.check/,
    );
  });
});
