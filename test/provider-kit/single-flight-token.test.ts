import { inspect } from 'node:util';

import { isNexusError, type IssuedToken, NexusError, type Secret, singleFlightToken } from 'nexusai-hub/provider-kit';

import { describe, expect, it } from 'vitest';

import { manualClock } from '../../src/testing/manual-clock.ts';

const HOUR = 3_600_000;
const EXPIRED = new NexusError('provider_denied', 'expired', { providerCode: '111' });

/** Tokens that are called t1, t2, …, live for an hour, and are given when `held` allows. */
function issuer(life: number | null = HOUR) {
  const clock = manualClock();
  const asked: AbortSignal[] = [];
  const answers: { give: () => void; fail: (error: unknown) => void }[] = [];
  let isHeld = false;
  const tokens = singleFlightToken({
    ask: ({ signal }) => {
      asked.push(signal);
      const issued: IssuedToken = {
        value: `t${asked.length}`,
        ...(life === null ? {} : { expiresAtMs: clock.now() + life }),
      };
      if (!isHeld) return Promise.resolve(issued);
      return new Promise((resolve, reject) => {
        answers.push({
          give: () => {
            resolve(issued);
          },
          fail: reject,
        });
      });
    },
    isExpired: ({ details }) => details.providerCode === '111',
  });
  return {
    clock,
    asked,
    answers,
    tokens,
    hold(held: boolean) {
      isHeld = held;
    },
    use: (signal = new AbortController().signal) =>
      tokens.use({ clock, signal }, (token) => Promise.resolve(token.reveal())),
  };
}

async function codeOf(pending: Promise<unknown>): Promise<string> {
  const error: unknown = await pending.then(
    () => 'no error',
    (cause: unknown) => cause,
  );
  return isNexusError(error) ? error.code : String(error);
}

describe('a token shared by all requests', () => {
  it('E3: is asked for once by 100 that begin together, and kept', async () => {
    const { use, asked } = issuer();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => use())))).toEqual(new Set(['t1']));
    expect(await use()).toBe('t1');
    expect(asked).toHaveLength(1);
  });

  it('E3: is replaced once when 100 find it expired, each is repeated once', async () => {
    const { clock, tokens, use, asked } = issuer();
    await use();
    let sent = 0;
    const send = async (token: Secret): Promise<string> => {
      sent++;
      await Promise.resolve();
      if (token.reveal() === 't1') throw EXPIRED;
      return token.reveal();
    };
    const all = await Promise.all(
      Array.from({ length: 100 }, () => tokens.use({ clock, signal: new AbortController().signal }, send)),
    );
    expect(new Set(all)).toEqual(new Set(['t2']));
    expect(asked).toHaveLength(2);
    expect(sent).toBe(200);
  });

  it('E3: a slow one that fails with the old token uses the new one and drops nothing', async () => {
    const { clock, tokens, use, asked } = issuer();
    const { signal } = new AbortController();
    let failLate = (): void => {};
    const late = tokens.use({ clock, signal }, (token) =>
      token.reveal() === 't1'
        ? new Promise<string>((_resolve, reject) => {
            failLate = () => {
              reject(EXPIRED);
            };
          })
        : Promise.resolve(token.reveal()),
    );
    await use();
    await tokens.use({ clock, signal }, (token) =>
      token.reveal() === 't1' ? Promise.reject(EXPIRED) : Promise.resolve(''),
    );
    failLate();
    expect(await late).toBe('t2');
    expect(asked).toHaveLength(2);
  });

  it('E3: is renewed early, in the background, once', async () => {
    const { clock, use, asked, answers, hold } = issuer();
    await use();
    await clock.advance(HOUR - 300_001);
    await use();
    expect(asked).toHaveLength(1);
    hold(true);
    await clock.advance(1);
    expect(await Promise.all([use(), use(), use()])).toEqual(['t1', 't1', 't1']);
    expect(asked).toHaveLength(2);
    answers[0]!.give();
    await clock.advance(0);
    expect(await use()).toBe('t2');
  });

  it('E3: is waited for in its last minute', async () => {
    const { clock, use, answers, hold } = issuer();
    await use();
    await clock.advance(HOUR - 60_000);
    hold(true);
    const pending = use();
    await clock.advance(1000);
    answers[0]!.give();
    expect(await pending).toBe('t2');
  });

  it('a short life is used up to three quarters', async () => {
    const { clock, use } = issuer(40_000);
    await use();
    await clock.advance(19_999);
    expect(await use()).toBe('t1');
    await clock.advance(1);
    await use();
    expect(await use()).toBe('t2');
  });

  it('a renewal that fails in the background is nobody’s error, and is not repeated for each request', async () => {
    const { clock, use, asked, answers, hold } = issuer();
    await use();
    await clock.advance(HOUR - 200_000);
    hold(true);
    expect(await use()).toBe('t1');
    answers[0]!.fail(new Error('away'));
    await clock.advance(0);
    for (let turn = 0; turn < 10; turn++) expect(await use()).toBe('t1');
    expect(asked).toHaveLength(2);
    await clock.advance(60_000);
    await use();
    expect(asked).toHaveLength(3);
  });

  it('one that is refused although it is new is an error, and the issuer has a minute of peace', async () => {
    const { clock, tokens, asked } = issuer();
    const { signal } = new AbortController();
    let sent = 0;
    const send = (): Promise<never> => {
      sent++;
      return Promise.reject(EXPIRED);
    };
    for (let turn = 0; turn < 5; turn++)
      expect(await codeOf(tokens.use({ clock, signal }, send))).toBe('provider_denied');
    expect([asked.length, sent]).toEqual([2, 6]);
    await clock.advance(60_000);
    await codeOf(tokens.use({ clock, signal }, send));
    expect([asked.length, sent]).toEqual([3, 8]);
  });

  it('other errors are not repeated', async () => {
    const { clock, tokens, asked } = issuer();
    const { signal } = new AbortController();
    const failure = new NexusError('provider_unavailable', 'no');
    await expect(tokens.use({ clock, signal }, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(asked).toHaveLength(1);
  });

  it('one nobody knows the end of is asked for by each request, once for all that wait', async () => {
    const { use, asked } = issuer(null);
    expect(await Promise.all([use(), use()])).toEqual(['t1', 't1']);
    expect(await use()).toBe('t2');
    expect(asked).toHaveLength(2);
  });

  it('C1: who leaves is let go at once; the others still get their token', async () => {
    const { clock, use, answers, asked, hold } = issuer();
    hold(true);
    const abort = new AbortController();
    const leaving = use(abort.signal);
    const staying = use();
    await clock.advance(0);
    abort.abort();
    expect(await codeOf(leaving)).toBe('cancelled');
    expect(asked[0]!.aborted).toBe(false);
    answers[0]!.give();
    expect(await staying).toBe('t1');
    expect(clock.pending).toBe(0);
  });

  it('T2: an issuer that never answers is given up', async () => {
    const { clock, use, asked, hold } = issuer();
    hold(true);
    const pending = codeOf(use());
    await clock.advance(30_000);
    expect(await pending).toBe('provider_unavailable');
    expect(asked[0]!.aborted).toBe(true);
    hold(false);
    expect(await use()).toBe('t2');
  });

  it('X1: what is no token is refused and never shown', async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    for (const value of ['', 'canary\r\nx-evil: 1', 'canary 1']) {
      const tokens = singleFlightToken({ ask: async () => ({ value }), isExpired: () => false });
      const error: unknown = await tokens.use({ clock, signal }, async () => 1).catch((cause: unknown) => cause);
      expect(isNexusError(error) && error.code).toBe('provider_denied');
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
    }
    const failing = singleFlightToken({ ask: () => Promise.reject(new Error('vault')), isExpired: () => false });
    const error: unknown = await failing.use({ clock, signal }, async () => 1).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'provider_denied', cause: expect.any(Error) });
  });

  it('X1: it does not show in what holds it', async () => {
    const clock = manualClock();
    const tokens = singleFlightToken({
      ask: async () => ({ value: 'canary-1', expiresAtMs: clock.now() + HOUR }),
      isExpired: () => false,
    });
    await tokens.use({ clock, signal: new AbortController().signal }, async () => 1);
    expect(inspect(tokens, { depth: 9, showHidden: true }) + JSON.stringify(tokens)).not.toContain('canary');
  });
});
