import { describe, expect, it } from 'vitest';
import { answerInfo, isNexusError, NexusError } from 'nexusai-hub';
import type { NexusErrorCode, NexusHubOptions } from 'nexusai-hub';
import type { ChatChunk, ChatCompletion, ChatRequest, FallbackCause, Provider } from 'nexusai-hub/ports';
import { chunkOf, completionOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, ScriptedProvider } from 'nexusai-hub/testing';
import { checkBooks } from './books.ts';
import { fallbackRouter } from './fallback-router.ts';
import type { Harness } from './harness.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const DOWN: Script = { throws: 'provider_unavailable' };

/** A hub whose model `m` is served by `a`, and whose model `f` stands in for these causes, served by `b`. */
function standingIn(a: Provider, b: Provider, on: FallbackCause[], options: Partial<NexusHubOptions> = {}): Harness {
  return harness({ a, b }, { router: fallbackRouter({ m: { a }, f: { b } }, [{ model: 'f', on }]), ...options });
}

/** What was asked, in order: the providers, and why. */
function attemptsOf({ books }: Harness): string[] {
  return books.records.flatMap(({ attempts }) => attempts.map(({ target, reason }) => `${reason} ${target}`));
}

const says = (text: string): ScriptedProvider => scriptedProvider({ says: text });

describe('another model takes over', () => {
  it('when nobody of the first one answered, after it was asked again', async () => {
    const at = standingIn(scriptedProvider(DOWN), says('From f.'), ['unavailable'], { routing: { backoffMs: 0 } });
    const completion = await at.hub.chat.completions.create(PLAIN);
    expect(completion.choices[0]?.message.content).toBe('From f.');
    expect(answerInfo(completion)).toMatchObject({ provider: 'b', attempts: 3 });
    await at.hub.close();
    expect(attemptsOf(at)).toEqual(['first a/m', 'again a/m', 'fallback b/f']);
    checkBooks(at.books, 1);
  });

  it('R1, R2: within the same budget of attempts, of which it is kept one', async () => {
    const [a, b, c] = [scriptedProvider(DOWN), scriptedProvider(DOWN), scriptedProvider(DOWN)];
    const router = fallbackRouter({ m: { a }, f: { b }, g: { c } }, [
      { model: 'f', on: ['unavailable'] },
      { model: 'g', on: ['unavailable'] },
    ]);
    for (const maxAttempts of [1, 2, 3, 4, 7]) {
      const at = harness({ a, b, c }, { router, routing: { maxAttempts, backoffMs: 0 } });
      const before = a.calls.length + b.calls.length + c.calls.length;
      expect(await failureOf(at.hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_unavailable' });
      await at.hub.close();
      expect(a.calls.length + b.calls.length + c.calls.length - before).toBe(maxAttempts);
      const asked = new Set(at.books.records[0]?.attempts.map(({ providerId }) => providerId));
      expect(asked.size).toBe(Math.min(maxAttempts, 3));
    }
  });

  it('rather than waiting long for the first one', async () => {
    const limited = scriptedProvider({ throws: limitedFor(20_000) });
    const at = standingIn(limited, says('At once.'), ['unavailable'], { routing: { maxAttempts: 5 } });
    expect((await at.hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('At once.');
    await at.hub.close();
    expect(attemptsOf(at)).toEqual(['first a/m', 'fallback b/f']);
  });

  it.each<[NexusErrorCode, FallbackCause]>([
    ['context_length_exceeded', 'context_length'],
    ['content_filtered', 'content_filter'],
  ])('on %s, where it stands for that, at once', async (code, cause) => {
    const failing = scriptedProvider({ throws: code });
    const at = standingIn(failing, says('Longer.'), [cause], { routing: { maxAttempts: 9 } });
    const { text } = await readAll(await at.hub.chat.completions.create(STREAM));
    expect(text).toBe('Longer.');
    await at.hub.close();
    expect(attemptsOf(at)).toEqual(['first a/m', 'fallback b/f']);
    const other = standingIn(failing, says('Never.'), ['unavailable']);
    expect(await failureOf(other.hub.chat.completions.create(PLAIN))).toMatchObject({ code });
  });

  it('without the targets that both have in common: those were asked', async () => {
    const [a, b] = [scriptedProvider(DOWN), says('From b.')];
    const options = {
      models: { m: { provider: 'a', model: 'x' }, f: [{ provider: 'a', model: 'x' }, 'b'] },
      fallbacks: { m: 'f' },
      routing: { maxAttempts: 9, retries: { share: 0, perSecond: 0 } },
    } as const;
    const at = harness({ a, b }, options);
    expect((await at.hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('From b.');
    const alone = harness({ a }, { ...options, models: { m: options.models.m, f: options.models.m } });
    expect(await failureOf(alone.hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_unavailable' });
    await Promise.all([at.hub.close(), alone.hub.close()]);
    expect(attemptsOf(at)).toEqual(['first a/x', 'fallback b/f']);
    expect(attemptsOf(alone)).toEqual(['first a/x']);
  });

  it('in the place of the model that failed, and of no other', async () => {
    const a = scriptedProvider({ throws: 'provider_denied' });
    const [b, c] = [scriptedProvider({ throws: 'context_length_exceeded' }), says('Long.')];
    const router = fallbackRouter({ m: { a }, f: { b }, g: { c } }, [
      { model: 'f', on: ['unavailable'] },
      { model: 'g', on: ['context_length'] },
      { model: 'g', insteadOf: 'f', on: ['context_length'] },
    ]);
    const options = { router, routing: { backoffMs: 0 } };
    const at = harness({ a, b, c }, options);
    expect((await at.hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Long.');
    await at.hub.close();
    expect(attemptsOf(at)).toEqual(['first a/m', 'fallback b/f', 'fallback c/g']);
    const down = harness(
      { a, b: scriptedProvider(DOWN), c },
      { ...options, router: fallbackRouter({ m: { a }, g: { c } }, [{ model: 'g', on: ['context_length'] }]) },
    );
    expect(await failureOf(down.hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_denied' });
  });

  it('but not for other causes than its own', async () => {
    const at = standingIn(scriptedProvider(DOWN), says('Never.'), ['context_length'], { routing: { backoffMs: 0 } });
    expect(await failureOf(at.hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('answers that are none', () => {
  const filtered = (): ChatCompletion => {
    const completion = completionOf('');
    completion.choices[0]!.finish_reason = 'content_filter';
    return completion;
  };
  const filteredChunk = (): ChatChunk => {
    const chunk = chunkOf({ finish: 'stop' });
    chunk.choices[0]!.finish_reason = 'content_filter';
    return chunk;
  };

  it('a filter that keeps everything back leads on, where another model stands for it', async () => {
    const at = standingIn(scriptedProvider({ completes: filtered() }), says('Fine.'), ['content_filter']);
    expect((await at.hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Fine.');
    await at.hub.close();
    expect(at.books.tickets).toEqual([['fail content_filtered'], ['succeed']]);
    checkBooks(at.books, 1);
  });

  it('so it does in a stream that ends before it said anything', async () => {
    const streams = [{ yields: chunkOf({ role: 'assistant', content: '' }) }, { yields: filteredChunk() }];
    const at = standingIn(scriptedProvider({ streams }), says('Fine.'), ['content_filter']);
    const { text, error } = await readAll(await at.hub.chat.completions.create(STREAM));
    expect({ text, error }).toEqual({ text: 'Fine.', error: undefined });
    await at.hub.close();
    checkBooks(at.books, 1);
  });

  it('a stream that is refused so is let go', async () => {
    const start = chunkOf({ finish: 'stop' });
    const choices = start.choices.map((choice) => ({ ...choice, finish_reason: 'content_filter' as const }));
    const a = scriptedProvider({ streams: [{ yields: { ...start, choices } }, { hangs: 'until aborted' }] });
    const at = standingIn(a, says('Fine.'), ['content_filter']);
    expect((await readAll(await at.hub.chat.completions.create(STREAM))).text).toBe('Fine.');
    await at.hub.close();
    expect(a.calls[0]?.ended).toBe('returned');
  });

  it('without one the caller sees the answer as it is', async () => {
    const { hub } = harness({ a: scriptedProvider({ completes: filtered() }) });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.finish_reason).toBe('content_filter');
  });

  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'number' } },
    required: ['city'],
    additionalProperties: false,
  };
  const structured = {
    ...PLAIN,
    response_format: { type: 'json_schema', json_schema: { name: 'weather', schema } },
  };

  it.each(['no structure', '{"city":1}', '{"degrees":3}', '{"city":"Rome","more":1}'])(
    'an answer that does not fit its schema leads on: %s',
    async (text) => {
      const fitting = '{"city":"Rome","degrees":20}';
      const at = standingIn(says(text), says(fitting), ['schema']);
      expect((await at.hub.chat.completions.create(structured)).choices[0]?.message.content).toBe(fitting);
      await at.hub.close();
      expect(attemptsOf(at)).toEqual(['first a/m', 'fallback b/f']);
      const alone = harness({ a: says(text) }, { routing: { checkSchema: true } });
      const error = await failureOf(alone.hub.chat.completions.create(structured));
      expect(error).toMatchObject({ code: 'schema_mismatch', status: 502 });
      expect(String(error)).not.toContain(text);
    },
  );

  it.each<[string, object]>([
    [
      'references that double at each level',
      {
        $defs: Object.fromEntries(
          Array.from({ length: 40 }, (_, level) => [
            `l${level}`,
            { anyOf: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] },
          ]),
        ),
        $ref: '#/$defs/l0',
      },
    ],
    [
      'two ways at each step of a recursion',
      {
        $defs: {
          node: {
            type: 'object',
            properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { $ref: '#/$defs/node' }] } },
          },
        },
        $ref: '#/$defs/node',
      },
    ],
  ])('nobody is held up by %s: such a schema is not checked', async (_what, wild) => {
    let text = '"end"';
    for (let depth = 0; depth < 60; depth++) text = `{"next":${text}}`;
    const { hub } = harness({ a: says(text) }, { routing: { checkSchema: true } });
    const format = { type: 'json_schema', json_schema: { name: 'wild', schema: wild } };
    const answer = await hub.chat.completions.create({ ...PLAIN, response_format: format });
    expect(answer.choices[0]?.message.content).toBe(text);
  });

  it('a list that goes on by reference is checked', async () => {
    const list = {
      $defs: {
        node: {
          type: 'object',
          properties: { value: { type: 'number' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
          required: ['value', 'next'],
        },
      },
      $ref: '#/$defs/node',
    };
    const format = { type: 'json_schema', json_schema: { name: 'list', schema: list } };
    const fits = harness({ a: says('{"value":1,"next":{"value":2,"next":null}}') }, { routing: { checkSchema: true } });
    await fits.hub.chat.completions.create({ ...PLAIN, response_format: format });
    const wrong = harness(
      { a: says('{"value":1,"next":{"value":"2","next":null}}') },
      { routing: { checkSchema: true } },
    );
    const error = await failureOf(wrong.hub.chat.completions.create({ ...PLAIN, response_format: format }));
    expect(error).toMatchObject({ code: 'schema_mismatch' });
  });

  it('is checked only where the owner wants it, and only against schemas that can be read', async () => {
    const { hub } = harness({ a: says('not JSON') });
    expect((await hub.chat.completions.create(structured)).choices[0]?.message.content).toBe('not JSON');
    const strict = harness({ a: says('not JSON') }, { routing: { checkSchema: true } });
    const unreadable = { type: 'json_schema', json_schema: { name: 'x', schema: { if: {}, then: {} } } };
    const answer = await strict.hub.chat.completions.create({ ...PLAIN, response_format: unreadable });
    expect(answer.choices[0]?.message.content).toBe('not JSON');
  });
});

describe('a schema comes from a caller, and is not trusted', () => {
  const strictly = (schema: object): ChatRequest & { stream?: false } => ({
    ...PLAIN,
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  const codeOf = async (schema: object, text: string): Promise<unknown> => {
    const { hub } = harness({ a: says(text) }, { routing: { checkSchema: true } });
    return hub.chat.completions.create(strictly(schema)).then(
      () => 'taken',
      (error: unknown) => isNexusError(error) && error.code,
    );
  };
  const evil = { type: 'string', pattern: '^(a+)+$' };
  const ENDLESS = `${'a'.repeat(60)}!`;

  it.each<[string, object, unknown]>([
    ['at its top', evil, ENDLESS],
    ['in a property', { type: 'object', properties: { const: evil } }, { const: ENDLESS }],
    ['in a list', { anyOf: [{ type: 'array', items: evil }] }, [ENDLESS]],
    ['in a definition', { $ref: '#/$defs/enum', $defs: { enum: evil } }, ENDLESS],
    ['in the names', { type: 'object', patternProperties: { '^(a+)+$': {} } }, { [ENDLESS]: 1 }],
  ])('its patterns are not run: %s', async (_where, schema, answer) => {
    expect(await codeOf(schema, JSON.stringify(answer))).toBe('taken');
  });

  it('all else of it is held', async () => {
    const properties = { pattern: { const: { pattern: 'x' } }, enum: { enum: ['a'] } };
    const schema = { type: 'object', properties, required: ['enum'] };
    expect(await codeOf(schema, '{"enum":"a"}')).toBe('taken');
    expect(await codeOf(schema, '{"enum":"b"}')).toBe('schema_mismatch');
    expect(await codeOf(evil, '1')).toBe('schema_mismatch');
  });

  it('an answer that goes deeper than can be followed is taken', async () => {
    const nested = { $ref: '#/$defs/list', $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } } };
    expect(await codeOf(nested, `${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toBe('taken');
  });
});

/** A rate limit with a time to come back. */
function limitedFor(retryAfterMs: number): Error {
  return new NexusError('provider_rate_limited', 'Slow down.', { retryAfterMs });
}
