import { cut, scriptedUpstream } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { Actor } from '../../bench/resilience/actor.ts';
import { failing, PIECES } from '../../bench/resilience/behaviours.ts';
import type { Seen } from '../../bench/resilience/load.ts';
import type { Measured } from '../../bench/resilience/measured.ts';
import { optionsOf } from '../../bench/resilience/options.ts';
import { fewBegin, noticed, refusalsWithRetryAfter, withinBudget, withinHedges } from '../../bench/resilience/rules.ts';
import { runScenario } from '../../bench/resilience/run-scenario.ts';
import { type Scenario, SCENARIOS } from '../../bench/resilience/scenarios.ts';
import { endingOfWhole, SeenStream } from '../../bench/resilience/seen-answer.ts';
import { tableOf } from '../../bench/resilience/table.ts';
import { faultsOf } from '../../bench/resilience/verdict.ts';
import { Watch } from '../../bench/resilience/watch.ts';
import { eventsOf, tagOf, WHOLE_ANSWER } from '../../bench/wire.ts';

const EXTENT = { forMs: 400, everyMs: 10 };
const TAG = tagOf(7);

describe('a run', () => {
  it.each(['dead', 'cut-after', 'storm', 'leaving'] as const)(
    'plays "%s", and what has to hold holds',
    async (name) => {
      const scenario: Scenario = SCENARIOS[name];
      const measured = await runScenario(scenario, EXTENT);
      expect(measured.seen.length).toBeGreaterThan(30);
      expect(measured.seen.filter(({ ending }) => ending === 'wrong')).toEqual([]);
      expect(measured.gaveBack).toBe(true);
      expect(faultsOf(scenario, measured)).toEqual([]);
    },
    20_000,
  );

  it('sees what does not hold: errors of all providers where one is to fail, and nobody who takes over', async () => {
    const scenario: Scenario = {
      what: 'all fail',
      happens: (actors) => actors.map((actor) => actor.play(failing(500, 'server_error'))),
    };
    const measured = await runScenario(scenario, EXTENT);
    expect(faultsOf(scenario, measured)).toEqual([`${measured.seen.length} errors before the first content`]);
  }, 20_000);
});

describe('an actor', () => {
  let actor: Actor;
  afterEach(() => actor.goDown());
  const ask = (): Promise<string> => fetch(actor.url, { method: 'POST', body: '{}' }).then((answer) => answer.text());

  it('dies, comes back where it was with its new behaviour, and forgets no request', async () => {
    actor = await Actor.start();
    actor.play(failing(500, 'one'));
    expect(await ask()).toContain('one');
    await actor.goDown();
    actor.play(failing(500, 'two'));
    await expect(ask()).rejects.toThrow('fetch failed');
    await actor.comeUp();
    expect(await ask()).toContain('two');
    expect(actor.requests).toHaveLength(2);
  });

  it('does not come back where somebody else listens', async () => {
    actor = await Actor.start();
    const port = Number(new URL(actor.url).port);
    await expect(scriptedUpstream({}, { port })).rejects.toThrow('EADDRINUSE');
  });
});

/** How a stream of these events ended for its client. */
function endingOf(...events: readonly string[]): string {
  const stream = new SeenStream(TAG);
  for (const event of events) stream.push(Buffer.from(event));
  return stream.ending();
}

describe('how an answer ended', () => {
  const events = eventsOf(TAG, PIECES, false);
  const error = 'data: {"error":{"message":"broken"}}\n\n';

  it.each([
    ['complete', events],
    ['complete', cut(events.join(''), 1).map((piece) => new TextDecoder().decode(piece))],
    ['refused', [error]],
    ['refused', [...events.slice(0, 1), error]],
    ['broken', [...events.slice(0, 4), error]],
    ['wrong', events.slice(0, -1)],
    ['wrong', events.slice(0, 4)],
    ['wrong', [...events.slice(0, 4), 'data: [DONE]\n\n']],
    ['wrong', [...events.slice(0, 4), error, 'data: [DONE]\n\n']],
    ['wrong', events.toSpliced(3, 1)],
    ['wrong', events.toSpliced(-2, 1)],
    ['wrong', eventsOf(tagOf(8), PIECES, false)],
    ['wrong', ['data: <html>\n\n']],
    ['wrong', []],
  ])('%s', (ending, sent) => {
    expect(endingOf(...sent)).toBe(ending);
  });

  it('whole', () => {
    expect(endingOfWhole(WHOLE_ANSWER)).toBe('complete');
    expect(endingOfWhole(WHOLE_ANSWER.replace('Paris', 'Rome'))).toBe('wrong');
    expect(endingOfWhole('<html>')).toBe('wrong');
  });
});

const GOOD: Seen = {
  tag: TAG,
  ending: 'complete',
  firstMs: 10,
  status: 200,
  hasRetryAfter: false,
  leftAtMs: undefined,
};
const REFUSED: Seen = { ...GOOD, ending: 'refused', firstMs: undefined, status: 503 };

/** A run of 100 good answers, with changes. */
function measured(change: Partial<Omit<Measured, 'watch'>> = {}, watched: Partial<Watch> = {}): Measured {
  const watch = Object.assign(new Watch('one', 5), watched);
  return {
    seen: Array.from({ length: 100 }, () => GOOD),
    forMs: 1,
    probesDue: 2,
    asked: [],
    gaveBack: true,
    ...change,
    watch,
  };
}

describe('the verdict', () => {
  const scenario: Scenario = { what: 'one fails', threshold: 5 };
  const with1 = (ending: Seen['ending']): Partial<Measured> => ({ seen: [GOOD, { ...GOOD, ending }] });

  it.each<[string, Scenario, Measured, string | undefined]>([
    ['good answers', scenario, measured(), undefined],
    ['no request', scenario, measured({ seen: [] }), 'there was no request'],
    ['an error', scenario, measured(with1('refused')), '1 errors before the first content'],
    ['a broken answer', scenario, measured(with1('broken')), '1 answers broke off'],
    ['one that may break', { ...scenario, mayBreak: true }, measured(with1('broken')), undefined],
    ['a wrong answer', { ...scenario, mayBreak: true }, measured(with1('wrong')), '1 answers were wrong'],
    ['an answer in an outage', { ...scenario, isOutage: true }, measured({ seen: [REFUSED, GOOD] }), '1 were answered'],
    ['an outage', { ...scenario, isOutage: true }, measured({ seen: [REFUSED] }), undefined],
    ['probes', scenario, measured({}, { inVainAfter: 2 }), undefined],
    ['more than probes', scenario, measured({}, { inVainAfter: 3 }), '3 attempts in vain where 2 probes were due'],
    ['something kept', scenario, measured({ gaveBack: false }), 'not all that was taken was given back'],
  ])('on %s', (_what, judged, run, fault) => {
    expect(faultsOf(judged, run)).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)]);
  });

  it.each([
    ['hedges within their budget', withinHedges(0.05), measured({}, { hedges: 7 }), undefined],
    ['too many hedges', withinHedges(0.05), measured({}, { hedges: 8 }), 'more than the budget'],
    ['no hedge at all', withinHedges(0.05), measured(), 'nobody was asked'],
    [
      'attempts within the budget',
      withinBudget({ share: 0.2, perSecond: 1 }),
      measured({}, { attempts: 330 }),
      undefined,
    ],
    ['a storm', withinBudget({ share: 0.2, perSecond: 1 }), measured({}, { attempts: 331 }), '331 attempts'],
    ['few that begin late', fewBegin(11, 0.1), measured(), undefined],
    ['many that begin late', fewBegin(10, 0.1), measured(), '100 answers began late'],
    ['refusals that say when', refusalsWithRetryAfter, measured({ seen: [REFUSED] }), undefined],
    ['refusals that do not', refusalsWithRetryAfter, measured({ seen: Array(31).fill(REFUSED) }), '31 refusals'],
    ['nobody who left', noticed, measured(), 'nobody left'],
  ])('of a rule on %s', (_what, rule, run, fault) => {
    if (fault === undefined) expect(rule.fault(run)).toBeUndefined();
    else expect(rule.fault(run)).toContain(fault);
    expect(rule.note(run)).toEqual(expect.any(String));
  });

  it.each([
    ['was told', 104, 15, undefined],
    ['was not told', undefined, 15, '1 answers went on'],
    ['may have been done', undefined, 300, 'nobody left'],
  ])('of the rule about leaving, on a provider that %s', (_what, providerLeftAtMs, clientLeftAtMs, fault) => {
    const seen: Seen[] = [{ ...GOOD, ending: 'left', leftAtMs: clientLeftAtMs }];
    const found = noticed.fault(measured({ seen, asked: [{ tag: TAG, atMs: 0, leftAtMs: providerLeftAtMs }] }));
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });
});

describe('the watch', () => {
  it('tells attempts that could not know better from those that were probes, until one succeeds', () => {
    const watch = new Watch('one', 2);
    const balancer = watch.listening({ order: (targets) => targets });
    const begin = (): { over: (outcome: 'ok' | 'error') => void } => {
      const attempt = balancer.begins?.({ providerId: 'one' } as never, {} as never);
      return { over: (outcome) => attempt?.over(outcome, 1, undefined) };
    };
    const early = [begin(), begin(), begin()];
    for (const attempt of early) attempt.over('error');
    begin().over('error');
    begin().over('ok');
    begin().over('error');
    expect(watch).toMatchObject({ inVainBefore: 4, inVainAfter: 1, running: 0 });
  });
});

describe('the table', () => {
  it('has a line for each scenario: beside the healthy run, and with every fault', () => {
    const slow = measured({ seen: [{ ...GOOD, firstMs: 25 }, REFUSED] }, { inVainBefore: 6, inVainAfter: 1 });
    const lines = tableOf(measured(), [{ scenario: { what: 'one fails', threshold: 5 }, measured: slow }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain('| one fails | 2 | 1 | 0 | 6 + 1 (probes due: 2) | 25 ms (2.5 x) |');
    expect(lines[2]).toContain('**missed**: 1 errors before the first content');
  });
});

describe('the command line', () => {
  it('does everything when told nothing', () => {
    expect(optionsOf([])).toEqual({ scenarios: Object.keys(SCENARIOS), isQuick: false });
    expect(optionsOf(['--help'])).toBe('help');
    expect(optionsOf(['--only', 'down,dead', '--quick'])).toEqual({ scenarios: ['down', 'dead'], isQuick: true });
  });

  it.each([
    ['--only', 'deaf'],
    ['--only', 'toString'],
    ['--what', ''],
  ])('refuses %s %s', (...args) => {
    expect(() => optionsOf(args)).toThrow(TypeError);
  });
});
