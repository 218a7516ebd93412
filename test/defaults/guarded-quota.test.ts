import type { Bound, BudgetBound, Quota, RateBound, Refusal, Reservation, SlotsBound } from 'nexusai-hub/ports';
import { gate, manualClock, type ManualClock, quotaCases } from 'nexusai-hub/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type AwayMode, type GuardedQuota, guardedQuota } from '../../src/defaults/guarded-quota.ts';
import { memoryQuota } from '../../src/defaults/quota.ts';

const RATE: RateBound = { kind: 'rate', key: 'a', limit: 12, perMs: 60_000, units: 1 };
const BUDGET: BudgetBound = { kind: 'budget', key: 'a', limit: 1_000, window: 'month', units: 10 };
const SLOTS: SlotsBound = { kind: 'slots', key: 'a', limit: 8 };

interface Line {
  readonly record: object;
  readonly message: string;
}

/** A quota in memory behind a network that a test can take away: everything the guard sees of a shared one. */
class Remote implements Quota {
  readonly inner: Quota;
  readonly #clock: ManualClock;
  /** What becomes of what is asked. */
  weather: 'well' | 'frozen' | 'gone' | 'slow' | 'deaf' = 'well';
  asked = 0;
  sharers: number | undefined = 4;
  #thaw = gate();

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.inner = memoryQuota(clock);
  }

  async take(bounds: readonly Bound[]): Promise<Reservation | Refusal> {
    this.asked++;
    if (this.weather === 'gone' || (this.weather === 'deaf' && bounds.length > 0))
      throw new Error('connect ECONNREFUSED');
    // What a frozen server has been sent it does when it is thawed.
    if (this.weather === 'frozen') await this.#thaw.opened;
    if (this.weather === 'slow') await new Promise<void>((resolve) => void this.#clock.schedule(50, resolve));
    return this.inner.take(bounds);
  }

  rebuild(budget: Pick<BudgetBound, 'key' | 'window'>, used: number): number | Promise<number> {
    return this.inner.rebuild(budget, used);
  }

  processes(): number | undefined {
    return this.sharers;
  }

  recover(): void {
    this.weather = 'well';
    this.#thaw.open();
    this.#thaw = gate();
  }
}

function setUp(whenAway: AwayMode = 'local-share', processes?: number) {
  const clock = manualClock();
  const remote = new Remote(clock);
  const lines: Line[] = [];
  const write = (record: object, message: string): void => void lines.push({ record, message });
  const logger = { debug: write, info: write, warn: write, error: write };
  const quota = guardedQuota(remote, { whenAway, withinMs: 20, processes }, clock, logger);
  return { clock, remote, lines, quota };
}

/** As {@link setUp}, after the first answer. */
async function setUpAnswered(whenAway?: AwayMode, processes?: number) {
  const made = setUp(whenAway, processes);
  await made.quota.take([]);
  return made;
}

/** How many of so many takings are let in. */
async function admitted(quota: Quota, bounds: readonly Bound[], times: number): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time++) if ('settle' in (await quota.take(bounds))) count++;
  return count;
}

async function taken(quota: Quota, ...bounds: readonly Bound[]): Promise<Reservation> {
  const came = await quota.take(bounds);
  if ('refusedBy' in came) throw new Error('It was refused.');
  return came;
}

/** What is left where all processes count. */
async function leftIn(remote: Remote, bound: Bound): Promise<number | undefined> {
  const came = await remote.inner.take([bound.kind === 'slots' ? bound : { ...bound, units: 0 }]);
  if ('settle' in came) came.settle([0]);
  const left = came.levels[0]?.remaining;
  return bound.kind === 'slots' && 'settle' in came && left !== undefined ? left + 1 : left;
}

/** Away, and known to be. */
async function takeAway({ remote, quota, clock }: ReturnType<typeof setUp>, weather: 'frozen' | 'gone' = 'gone') {
  remote.weather = weather;
  const last = Promise.resolve(quota.take([])).catch(() => undefined);
  await clock.advance(21);
  await last;
}

describe('while the quota is there', () => {
  const cases = quotaCases((clock) =>
    guardedQuota(memoryQuota(clock), { whenAway: 'closed', withinMs: 20 }, clock, console),
  );
  for (const { name, run, skipped } of cases) it.skipIf(skipped !== undefined)(name, run);

  it('is shared, and logs nothing', async () => {
    const { quota, lines, clock } = await setUpAnswered();
    expect(await admitted(quota, [RATE], 20)).toBe(12);
    expect(quota.state()).toEqual({ kind: 'shared' });
    expect(lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('nonsense is told as what it is', async () => {
    const { quota } = await setUpAnswered();
    await expect(quota.take([{ ...RATE, limit: -1 }])).rejects.toThrow(TypeError);
    expect(quota.state()).toEqual({ kind: 'shared' });
  });
});

describe('L7: when the quota goes away', () => {
  it.each(['frozen', 'gone', 'slow'] as const)('%s: it is decided within 20 ms, and then at once', async (weather) => {
    const { quota, remote, clock } = await setUpAnswered('open');
    remote.weather = weather;
    let isDecided = false;
    void Promise.resolve(quota.take([RATE])).then(() => (isDecided = true));
    await clock.advance(weather === 'gone' ? 0 : 19);
    expect(isDecided).toBe(weather === 'gone');
    await clock.advance(1);
    expect(isDecided).toBe(true);
    const { asked } = remote;
    expect(quota.take([RATE])).toMatchObject({ levels: [{ remaining: 12 }] });
    expect(remote.asked).toBe(asked);
    expect(quota.state()).toEqual({ kind: 'away', mode: 'open', sinceMs: clock.now() - (weather === 'gone' ? 1 : 0) });
  });

  it('closed: nobody is let in', async () => {
    const made = await setUpAnswered('closed');
    made.remote.weather = 'frozen';
    const waiting = expect(made.quota.take([RATE])).rejects.toMatchObject({ code: 'limiter_unavailable' });
    await made.clock.advance(20);
    await waiting;
    expect(() => made.quota.take([RATE])).toThrow(
      expect.objectContaining({ code: 'limiter_unavailable', details: { retryAfterMs: 100 } }),
    );
  });

  it('open: everybody is', async () => {
    const made = await setUpAnswered('open');
    await takeAway(made);
    expect(await admitted(made.quota, [RATE, SLOTS], 100)).toBe(100);
  });

  it('local-share: as many as are this process’s part', async () => {
    const made = await setUpAnswered();
    await takeAway(made);
    expect(await admitted(made.quota, [RATE], 100)).toBe(3);
    await made.clock.advance(60_000);
    made.remote.weather = 'gone';
    expect(await admitted(made.quota, [RATE], 100)).toBe(3);
  });

  it('local-share: of money the part of what was left, of slots what it does not hold', async () => {
    const made = await setUpAnswered();
    await made.remote.inner.take([{ ...BUDGET, units: 790 }]);
    await taken(made.quota, BUDGET, SLOTS);
    await takeAway(made);
    expect(await admitted(made.quota, [BUDGET], 100)).toBe(200 / 4 / 10);
    expect(await admitted(made.quota, [SLOTS], 100)).toBe(1);
    expect(await made.quota.take([SLOTS])).toMatchObject({ refusedBy: 0, retryAfterMs: 0 });
  });

  it.each([
    [2_000, (2_000 - 800) / 4],
    [900, (900 - 800) / 4],
    [700, 0],
  ])('local-share: of a budget that was changed to %i the part of what is left of that', async (limit, part) => {
    const made = await setUpAnswered();
    await taken(made.quota, { ...BUDGET, units: 800 });
    await takeAway(made);
    expect(await admitted(made.quota, [{ ...BUDGET, limit, units: 1 }], 1_000)).toBe(part);
  });

  it('local-share: nothing of a budget that was used up', async () => {
    const made = await setUpAnswered();
    await taken(made.quota, { ...BUDGET, units: 1_000 });
    await takeAway(made);
    const refusal = await made.quota.take([RATE, { ...BUDGET, units: 0 }]);
    expect(refusal).toMatchObject({ refusedBy: 1, levels: [{}, { remaining: 0 }] });
    expect((refusal as Refusal).retryAfterMs).toBeGreaterThan(20 * 86_400_000);
  });

  it('local-share: the next time, of money the part of what was left when all was told', async () => {
    const made = await setUpAnswered('local-share', 1);
    const all = { ...BUDGET, limit: 100 };
    await taken(made.quota, all);
    await takeAway(made);
    for (let time = 0; time < 2; time++) (await taken(made.quota, all)).settle([10]);
    made.remote.recover();
    await made.clock.advance(1_200);
    expect(made.quota.state().kind).toBe('shared');
    await takeAway(made);
    expect(await admitted(made.quota, [all], 100)).toBe(7);
  });

  it('local-share: what could not be told is not there a second time', async () => {
    const made = await setUpAnswered('local-share', 2);
    const all = { ...BUDGET, limit: 100 };
    await taken(made.quota, { ...all, units: 20 });
    await takeAway(made);
    for (let time = 0; time < 3; time++) (await taken(made.quota, all)).settle([10]);
    // It answers that it lives, and nothing else.
    made.remote.weather = 'deaf';
    await made.clock.advance(1_200);
    expect(made.quota.state().kind).toBe('shared');
    await takeAway(made);
    expect(await admitted(made.quota, [all], 100)).toBe(1);
    made.remote.recover();
    await made.clock.advance(60_000);
    expect(await leftIn(made.remote, all)).toBe(50);
  });

  it('is told what was spent without it as soon as it answers, where it could not be when it came back', async () => {
    const made = await setUpAnswered('open');
    await takeAway(made);
    (await taken(made.quota, BUDGET)).settle([400]);
    made.remote.weather = 'deaf';
    await made.clock.advance(1_200);
    made.remote.recover();
    await made.clock.advance(60_000);
    expect([made.quota.state().kind, await leftIn(made.remote, BUDGET)]).toEqual(['shared', 1_000]);
    (await taken(made.quota, { ...BUDGET, key: 'b' })).settle([1]);
    await made.clock.advance(0);
    expect(await leftIn(made.remote, BUDGET)).toBe(600);
  });

  it.each(['open', 'local-share'] as const)('%s: what was taken in a day that is over went with it', async (mode) => {
    const made = await setUpAnswered(mode);
    const day = { ...BUDGET, window: 'day' } as const;
    await made.clock.advance(86_399_000 - (made.clock.now() % 86_400_000));
    await takeAway(made);
    const [late, wrong] = [await taken(made.quota, day, BUDGET), await taken(made.quota, BUDGET)];
    await made.clock.advance(1_000);
    late.settle([300, 200]);
    wrong.settle([NaN]);
    made.remote.recover();
    await made.clock.advance(60_000);
    expect([await leftIn(made.remote, day), await leftIn(made.remote, BUDGET)]).toEqual([1_000, 790]);
  });

  it('local-share: the number of processes may be told, and one slot is left to each', async () => {
    const made = await setUpAnswered('local-share', 6);
    await takeAway(made);
    expect(await admitted(made.quota, [RATE], 100)).toBe(2);
    expect(await admitted(made.quota, [{ ...SLOTS, limit: 2 }], 100)).toBe(1);
  });

  it('one that has not answered yet gets a second, once', async () => {
    const { quota, remote, clock } = setUp('open');
    remote.weather = 'slow';
    const first = quota.take([RATE]);
    await clock.advance(50);
    expect((await first).levels[0]?.remaining).toBe(11);
    remote.weather = 'frozen';
    void quota.take([RATE]);
    await clock.advance(20);
    expect(quota.state().kind).toBe('away');
  });

  it('a process that was busy for longer does not blame it', async () => {
    const { quota, remote, clock } = await setUpAnswered('closed');
    remote.weather = 'frozen';
    const waiting = Promise.resolve(quota.take([RATE]));
    // The timer and the answer are there at the same time, the timer first.
    clock.schedule(20, () => remote.recover());
    await clock.advance(20);
    expect((await waiting).levels[0]?.remaining).toBe(11);
    expect(quota.state().kind).toBe('shared');
  });
});

describe('L9: the log', () => {
  it('has one line for each change, however many ask', async () => {
    const made = await setUpAnswered('open');
    await takeAway(made, 'frozen');
    expect(await admitted(made.quota, [RATE], 10_000)).toBe(10_000);
    await made.clock.advance(30_000);
    expect(made.lines.map(({ message }) => message)).toEqual([
      'limits are away: everybody is let in until they are back',
    ]);
    made.remote.recover();
    await made.clock.advance(2_000);
    expect(made.lines.slice(1)).toEqual([
      { message: 'limits are counted for all processes again', record: expect.objectContaining({ decided: 10_001 }) },
    ]);
  });

  it('is not flooded by one that comes and goes', async () => {
    const made = await setUpAnswered('open');
    for (let second = 0; second < 600; second++) {
      await takeAway(made);
      made.remote.recover();
      await made.clock.advance(979);
    }
    expect(made.lines.length).toBeLessThan(60);
  });
});

describe('when the quota is back', () => {
  it.each(['frozen', 'gone'] as const)('after %s it is asked again, by itself', async (weather) => {
    const made = await setUpAnswered('closed');
    await takeAway(made, weather);
    await made.clock.advance(60_000);
    // Asked once a second at most, and not at all by requests.
    expect(made.remote.asked).toBeLessThan(70);
    made.remote.recover();
    await made.clock.advance(1_200);
    expect(made.quota.state()).toEqual({ kind: 'shared' });
    expect(await admitted(made.quota, [RATE], 20)).toBe(12);
  });

  it('stays away while it answers late', async () => {
    const made = await setUpAnswered('closed');
    await takeAway(made, 'frozen');
    made.remote.recover();
    made.remote.weather = 'slow';
    await made.clock.advance(10_000);
    expect(made.quota.state().kind).toBe('away');
  });

  it('what it gave too late is given back', async () => {
    const made = await setUpAnswered('closed');
    made.remote.weather = 'frozen';
    Promise.resolve(made.quota.take([{ ...RATE, units: 5 }, BUDGET, SLOTS])).catch(() => undefined);
    await made.clock.advance(20);
    made.remote.recover();
    await made.clock.advance(1_200);
    expect(await leftIn(made.remote, RATE)).toBe(12);
    expect(await leftIn(made.remote, BUDGET)).toBe(1_000);
    expect(await leftIn(made.remote, SLOTS)).toBe(8);
  });

  it.each(['open', 'local-share'] as const)('L6: %s: it learns what was spent and what is held', async (mode) => {
    const made = await setUpAnswered(mode);
    await takeAway(made);
    const [early, late] = [await taken(made.quota, BUDGET, SLOTS), await taken(made.quota, BUDGET, SLOTS)];
    early.settle([25]);
    made.remote.recover();
    await made.clock.advance(1_200);
    expect(await leftIn(made.remote, BUDGET)).toBe(975);
    expect(await leftIn(made.remote, SLOTS)).toBe(7);
    late.settle([undefined]);
    await made.clock.advance(0);
    expect(await leftIn(made.remote, BUDGET)).toBe(965);
    expect(await leftIn(made.remote, SLOTS)).toBe(8);
  });

  it('closes with what it guards, and asks no more', async () => {
    const made = await setUpAnswered();
    await takeAway(made);
    await made.quota.close?.();
    expect(made.clock.pending).toBe(0);
  });
});

it('L6, C4: whatever comes and goes, in the end all is counted and nothing is held', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), units: fc.integer({ min: 0, max: 9 }) }),
    fc.record({
      kind: fc.constant('settle' as const),
      used: fc.option(fc.integer({ min: 0, max: 9 })),
      place: fc.nat(50),
    }),
    fc.record({ kind: fc.constant('weather' as const), is: fc.constantFrom('well', 'frozen', 'gone', 'slow') }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('open', 'local-share', 'closed'),
      fc.array(step, { maxLength: 40 }),
      async (mode, steps) => {
        const { clock, remote, quota } = await setUpAnswered(mode);
        const held: { reservation: Reservation; units: number }[] = [];
        const pending: Promise<unknown>[] = [];
        let spent = 0;
        const settle = (one: (typeof held)[number], used: number | undefined): void => {
          spent += used ?? one.units;
          one.reservation.settle([used, undefined]);
        };
        for (const one of steps) {
          if (one.kind === 'take') pending.push(take(quota, one.units, held));
          if (one.kind === 'settle') {
            const [chosen] = held.splice(one.place % Math.max(1, held.length), 1);
            if (chosen) settle(chosen, one.used ?? undefined);
          }
          if (one.kind === 'weather') {
            if (one.is === 'well') remote.recover();
            else remote.weather = one.is;
          }
          if (one.kind === 'wait') await clock.advance(one.ms);
        }
        remote.recover();
        await clock.advance(60_000);
        await Promise.all(pending);
        for (const one of held.splice(0)) settle(one, 1);
        await clock.advance(60_000);
        expect(quota.state()).toEqual({ kind: 'shared' });
        expect(await leftIn(remote, { ...BUDGET, limit: 1_000_000 })).toBe(1_000_000 - spent);
        expect(await leftIn(remote, SLOTS)).toBe(8);
        await quota.close?.();
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

async function take(quota: GuardedQuota, units: number, held: { reservation: Reservation; units: number }[]) {
  try {
    const came = await quota.take([{ ...BUDGET, limit: 1_000_000, units }, SLOTS]);
    if ('settle' in came) held.push({ reservation: came, units });
  } catch {
    // Closed.
  }
}
