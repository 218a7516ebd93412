import fc from 'fast-check';
import type { NexusHubOptions } from 'nexusai-hub';
import { NexusHub } from 'nexusai-hub';
import type { ModelInfo, Provider, ProviderContext } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';
import { gate, type ManualClock, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

/** What a provider does when it is asked for its models; the last one repeats. */
type Answer = readonly string[] | Error | ((context: ProviderContext) => Promise<readonly ModelInfo[]>);

interface Lister extends Provider {
  readonly asked: ProviderContext[];
}

function lister(...answers: readonly [Answer, ...Answer[]]): Lister {
  const asked: ProviderContext[] = [];
  return {
    ...scriptedProvider({ says: 'ok' }),
    asked,
    async listModels(context) {
      const answer = answers[Math.min(asked.push(context), answers.length) - 1] ?? answers[0];
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer(context) : answer.map((id) => ({ id }));
    },
  };
}

interface Listing {
  readonly hub: NexusHub;
  readonly clock: ManualClock;
  /** Logged, by level and provider. */
  readonly log: string[];
}

function listing(providers: Record<string, Provider>, options: Partial<NexusHubOptions> = {}): Listing {
  const clock = manualClock();
  const log: string[] = [];
  const note = (level: string) => (record: object) => {
    log.push(`${level} ${String(Reflect.get(record, 'provider'))}`);
  };
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  return { hub: new NexusHub({ providers, clock, logger, ...options }), clock, log };
}

async function namesOf(hub: NexusHub): Promise<string[]> {
  return (await hub.models.list()).data.map(({ id }) => id);
}

/** A provider that never answers, not even when it is told to stop. */
const deaf = (): Promise<never> => new Promise(() => {});

describe('the list of models', () => {
  it('has the names of the table, of the lists of providers, and what providers without a list report', async () => {
    const { hub } = listing(
      {
        closed: scriptedProvider({ says: '' }, { models: ['a', 'b'] }),
        open: lister(async () => [
          { id: 'x', created: 1_700_000_000 },
          { id: 'b', created: 5 },
        ]),
        silent: scriptedProvider({ says: '' }),
        other: lister(['y', 'x']),
      },
      { models: { fast: { provider: 'open', model: 'x-mini' } } },
    );
    const started = Math.floor(manualClock().now() / 1000);
    expect((await hub.models.list()).data).toEqual([
      { id: 'fast', object: 'model', created: started, owned_by: 'open' },
      { id: 'a', object: 'model', created: started, owned_by: 'closed' },
      { id: 'b', object: 'model', created: started, owned_by: 'closed' },
      { id: 'x', object: 'model', created: 1_700_000_000, owned_by: 'open' },
      { id: 'y', object: 'model', created: started, owned_by: 'other' },
    ]);
  });

  it('does not ask providers that have a list, nor any where that is switched off', async () => {
    const closed = { ...lister(['x']), models: ['a'] };
    const open = lister(['y']);
    const { hub } = listing({ closed, open }, { modelList: { ask: false } });
    expect(await namesOf(hub)).toEqual(['a']);
    expect(await namesOf(listing({ closed }).hub)).toEqual(['a']);
    expect([closed.asked.length, open.asked.length]).toEqual([0, 0]);
  });

  it('lists over HTTP what the key may use, and one of them', async () => {
    const keys = [{ name: 'app', key: 'sk-of-the-app', models: ['a', 'x'] }];
    const open = lister(['x', 'secret']);
    const { hub } = listing({ closed: scriptedProvider({ says: '' }, { models: ['a', 'b'] }), open }, { keys });
    const headers = { authorization: 'Bearer sk-of-the-app' };
    const get = async (path: string): Promise<[number, unknown]> => {
      const response = await hub.fetch(`http://hub/v1/models${path}`, { headers });
      return [response.status, await response.json()];
    };
    expect(await get('')).toMatchObject([200, { object: 'list', data: [{ id: 'a' }, { id: 'x', owned_by: 'open' }] }]);
    expect(await get('/x')).toMatchObject([200, { id: 'x', object: 'model', owned_by: 'open' }]);
    expect(await get('/secret')).toMatchObject([404, { error: { code: 'model_not_found' } }]);
    expect((await hub.fetch('http://hub/v1/models')).status).toBe(401);
  });

  it('asks nobody for a key whose models are all configured, nor for a body that is let in', async () => {
    const open = lister(deaf);
    const keys = [
      { name: 'app', key: 'sk-of-the-app', models: ['a'] },
      { name: 'any', key: 'sk-for-any-model' },
    ];
    const { hub } = listing({ closed: scriptedProvider({ says: 'ok' }, { models: ['a'] }), open }, { keys });
    const headers = { authorization: 'Bearer sk-of-the-app' };
    const list = await hub.fetch('http://hub/v1/models', { headers });
    expect(await list.json()).toMatchObject({ data: [{ id: 'a' }] });
    const content = 'x'.repeat(300_000); // So large that the caller is asked for first.
    const body = JSON.stringify({ model: 'a', messages: [{ role: 'user', content }] });
    const sized = { authorization: 'Bearer sk-for-any-model', 'content-length': String(body.length) };
    const answer = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers: sized, body });
    expect([answer.status, open.asked.length]).toEqual([200, 0]);
  });

  it('lists only what a router of your own leads to the provider that reported it', async () => {
    const open = lister(['open/x', 'x', 'other/x']);
    const router: NonNullable<NexusHubOptions['router']> = {
      route({ model: name }) {
        const [providerId = '', model] = name.split('/');
        if (model === undefined) throw new Error('no slash');
        return [{ id: name, providerId, provider: open, model, weight: 1 }];
      },
      models: () => [],
    };
    expect(await namesOf(listing({ open }, { router }).hub)).toEqual(['open/x']);
  });

  it('passes over names that cannot be asked for', async () => {
    const odd: unknown[] = [
      null,
      'x',
      { id: '' },
      { id: 7 },
      {},
      { id: 'x'.repeat(257) },
      { id: 'x', created: 0.5 },
      { id: 'x' },
    ];
    const { hub } = listing({ open: lister(async () => odd as ModelInfo[]) });
    expect((await hub.models.list()).data).toMatchObject([{ id: 'x', created: 1_767_225_600 }]);
  });

  it('is bounded, however much a provider reports', async () => {
    const names = Array.from({ length: 12_000 }, (_, place) => `model-${place}`);
    expect((await namesOf(listing({ open: lister(names) }).hub)).length).toBe(10_000);
  });
});

describe('what providers report', () => {
  it('is asked for once, however many wait, and again when it is old', async () => {
    const open = lister(['x'], ['x', 'y']);
    const { hub, clock } = listing({ open }, { modelList: { cacheMs: 60_000 } });
    const lists = await Promise.all(Array.from({ length: 20 }, () => namesOf(hub)));
    expect([new Set(lists.flat()), open.asked.length]).toEqual([new Set(['x']), 1]);
    await clock.advance(59_999);
    expect(await namesOf(hub)).toEqual(['x']);
    await clock.advance(1);
    expect(await namesOf(hub)).toEqual(['x', 'y']);
    expect([open.asked.length, clock.pending]).toEqual([2, 0]);
  });

  it('L9: stands when the provider cannot be asked any more, which is logged once, and again when it can', async () => {
    const down = new NexusError('provider_unavailable', 'It is away.');
    const { hub, clock, log } = listing(
      { open: lister(['x'], down, down, down, ['y']) },
      { modelList: { cacheMs: 1000 } },
    );
    for (let time = 0; time < 4; time++) {
      expect(await namesOf(hub)).toEqual(['x']);
      await clock.advance(1000);
    }
    expect(log).toEqual(['warn open']);
    expect(await namesOf(hub)).toEqual(['y']);
    expect(log).toEqual(['warn open', 'info open']);
  });

  it('is not asked for by every call while the provider is away', async () => {
    const open = lister(new Error('away'));
    const { hub, clock } = listing({ open });
    for (let time = 0; time < 10; time++) expect(await namesOf(hub)).toEqual([]);
    expect(open.asked.length).toBe(1);
    await clock.advance(30_000);
    await namesOf(hub);
    expect(open.asked.length).toBe(2);
  });

  it.each<[string, Answer]>([
    ['hangs', deaf],
    [
      'throws at once',
      (): never => {
        throw new TypeError('a mistake');
      },
    ],
    ['gives no list', async () => 'none' as unknown as ModelInfo[]],
  ])('delays the list no longer than it may when a provider %s', async (_what, answer) => {
    const open = lister(answer);
    const closed = scriptedProvider({ says: '' }, { models: ['a'] });
    const { hub, clock, log } = listing({ open, closed, good: lister(['x']) }, { modelList: { timeoutMs: 2000 } });
    const names = namesOf(hub);
    await clock.advance(2000);
    expect(await names).toEqual(['a', 'x']);
    expect([log, clock.pending]).toEqual([['warn open'], 0]);
    if (answer === deaf) expect(open.asked[0]?.signal.reason).toMatchObject({ code: 'total_timeout' });
  });

  it('D1: is let go of when the hub closes, and not asked for after it', async () => {
    const begun = gate();
    const open = lister((_context) => {
      begun.open();
      return deaf();
    });
    const { hub, clock, log } = listing({ open });
    const names = namesOf(hub);
    await begun.opened;
    await hub.close();
    expect(await names).toEqual([]);
    expect(await namesOf(hub)).toEqual([]);
    expect([open.asked.length, open.asked[0]?.signal.aborted, clock.pending, log]).toEqual([1, true, 0, []]);
  });

  it('keeps to its contract whatever is configured, reported and allowed', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', 'constructor');
    const names = fc.array(name, { maxLength: 5 });
    const allowedNames = fc.option(fc.array(name, { minLength: 1, maxLength: 5 }));
    const provider = fc.record({ listed: fc.option(names), reported: fc.option(names) });
    await fc.assert(
      fc.asyncProperty(fc.array(provider, { minLength: 1, maxLength: 4 }), allowedNames, async (made, allowed) => {
        const providers = Object.fromEntries(
          made.map(({ listed, reported }, place): [string, Provider] => [
            `p${place}`,
            { ...lister(reported ?? new Error('away')), ...(listed ? { models: listed } : {}) },
          ]),
        );
        const keys = [{ name: 'app', key: 'sk-of-the-app', ...(allowed ? { models: allowed } : {}) }];
        const { hub } = listing(providers, { keys });
        const headers = { authorization: 'Bearer sk-of-the-app' };
        const list = (await (await hub.fetch('http://hub/v1/models', { headers })).json()) as {
          data: { id: string }[];
        };
        const known = made.flatMap(({ listed, reported }) => listed ?? reported ?? []);
        const wanted = new Set(known.filter((one) => allowed?.includes(one) ?? true));
        const came = list.data.map(({ id }) => id);
        expect(came.length).toBe(new Set(came).size);
        expect(new Set(came)).toEqual(wanted);
        for (const id of came) {
          const one = await hub.fetch(`http://hub/v1/models/${id}`, { headers });
          expect([one.status, await one.json()]).toEqual([200, list.data.find((entry) => entry.id === id)]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
