import { describe, expect, it } from 'vitest';
import { CODES } from 'nexusai-hub';
import type { ErrorDetails, NexusErrorCode } from 'nexusai-hub';
import { A, B, BAD_KEY, DOWN, errorOf, OPTIONS, processWith, targetOf } from './circuit-set-up.ts';

const CLOSED = { kind: 'closed' };

describe('the circuit of a model', () => {
  it('opens after enough failures and says until when', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(2);
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(1);
    expect(circuit.state(A)).toEqual({ kind: 'open', retryAtMs: clock.now() + 5_000, why: 'failures' });
    expect(circuit.enter(A)).toBeUndefined();
    expect(circuit.enter(B)).toBeDefined();
  });

  it('counts an outcome at once, without a turn of the loop', () => {
    const { circuit } = processWith();
    for (let time = 0; time < 2; time++) circuit.enter(A)?.fail(DOWN);
    expect(circuit.state(A)).toEqual(CLOSED);
    circuit.enter(A)?.fail(DOWN);
    expect(circuit.state(A).kind).toBe('open');
  });

  it('survives as many failures when more succeed', async () => {
    const { circuit, fail, succeed } = processWith();
    await fail(2);
    await succeed(4);
    await fail(1);
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(1);
    expect(circuit.state(A).kind).toBe('open');
  });

  it('B1: opens for a busy target that dies, however well it was until then', async () => {
    const { fail, succeed } = processWith();
    await succeed(1_000);
    expect(await fail(10)).toBe(3);
  });

  it('takes what fails together for one event, and a success in between for the end of a row', async () => {
    const { circuit, clock, fail, succeed } = processWith();
    const together = Array.from({ length: 9 }, () => circuit.enter(A));
    await succeed(20);
    for (const ticket of together) ticket?.fail(DOWN);
    await clock.advance(0);
    await fail(2);
    await succeed(1);
    await fail(2);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(await fail(3)).toBe(1);
  });

  it('forgets a row with its window', async () => {
    const { circuit, clock, fail, succeed } = processWith();
    await succeed(20);
    await fail(2);
    await clock.advance(11_000);
    await fail(2);
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('forgets failures when the window has passed over them, and not before', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(2);
    await clock.advance(8_900);
    expect(circuit.list?.()).toContainEqual(expect.objectContaining({ id: 'p/a', failures: 2 }));
    await clock.advance(1_100);
    await fail(2);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(circuit.list?.()).toContainEqual(expect.objectContaining({ id: 'p/a', failures: 2 }));
    await fail(1);
    expect(circuit.state(A).kind).toBe('open');
  });

  it('B1: opens for a lone target too', async () => {
    const { clock, fail } = processWith();
    let asked = 0;
    for (let request = 0; request < 20; request++) {
      asked += await fail(1);
      await clock.advance(100);
    }
    expect(asked).toBe(3);
  });

  it('B1: asks a target that is down for 60 s no more often than its threshold and once for each wait', async () => {
    const { clock, fail } = processWith();
    let asked = 0;
    for (let second = 0; second < 60; second++) {
      asked += await fail(1);
      await clock.advance(1_000);
    }
    expect(asked).toBeLessThanOrEqual(3 + Math.ceil(60 / 5));
  });

  it('counts over all keys of the provider', async () => {
    const { circuit, fail } = processWith();
    for (const key of ['x', 'y', 'z']) await fail(1, DOWN, targetOf('a', key));
    expect(circuit.state(targetOf('a', 'w')).kind).toBe('open');
    expect(circuit.state(targetOf('b', 'x'))).toEqual(CLOSED);
  });
});

describe('half-open', () => {
  it('B6: admits exactly one probe of 100, and closes when it succeeds', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    expect(circuit.state(A)).toEqual({ kind: 'half-open' });
    const tickets = Array.from({ length: 100 }, () => circuit.enter(A)).filter((ticket) => ticket);
    expect(tickets.length).toBe(1);
    tickets[0]?.succeed();
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(circuit.enter(A)).toBeDefined();
  });

  it('B6: admits one probe over the models of a key and the keys of a model', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(1, BAD_KEY, targetOf('a', 'x'));
    await fail(3, DOWN, targetOf('b', 'y'));
    await clock.advance(5_000);
    const first = circuit.enter(targetOf('b', 'x'));
    expect(first).toBeDefined();
    for (const target of [targetOf('a', 'x'), targetOf('b', 'x'), targetOf('b', 'y'), targetOf('c', 'x')])
      expect(circuit.enter(target)).toBeUndefined();
    expect(circuit.enter(targetOf('a', 'y'))).toBeDefined();
    first?.succeed();
    await clock.advance(0);
    for (const target of [targetOf('a', 'x'), targetOf('b', 'y')]) expect(circuit.state(target)).toEqual(CLOSED);
  });

  it('takes no probe of one circuit where another does not let it in', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3, DOWN, targetOf('a', 'x'));
    await clock.advance(1_000);
    await fail(1, BAD_KEY, targetOf('b', 'x'));
    await clock.advance(4_000);
    expect(circuit.enter(targetOf('a', 'x'))).toBeUndefined();
    expect(circuit.enter(targetOf('a', 'y'))).toBeDefined();
  });

  it.each(['fail', 'abandon'] as const)('opens again when the probe ends with %s', async (verb) => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    circuit.enter(A)?.[verb](DOWN);
    await clock.advance(0);
    expect(circuit.state(A)).toMatchObject({ kind: 'open', retryAtMs: clock.now() + 5_000 });
    await clock.advance(5_000);
    expect(circuit.enter(A)).toBeDefined();
  });

  it('takes a probe that hangs for a failed one when its time is over, and a late success still counts', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    const hanging = circuit.enter(A);
    await clock.advance(59_999);
    expect(circuit.enter(A)).toBeUndefined();
    await clock.advance(1);
    expect(circuit.state(A)).toMatchObject({ kind: 'open', retryAtMs: clock.now() + 5_000 });
    await clock.advance(5_000);
    const second = circuit.enter(A);
    expect(second).toBeDefined();
    hanging?.succeed();
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('closes with the first content of its probe, which may go on for long', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    const probe = circuit.enter(A);
    expect(circuit.enter(A)).toBeUndefined();
    probe?.answers?.();
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(circuit.enter(A)).toBeDefined();
    await clock.advance(600_000);
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(2);
    probe?.succeed();
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(1);
    expect(circuit.state(A).kind).toBe('open');
  });

  it('opens again at once when its probe breaks after the first content', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    const probe = circuit.enter(A);
    probe?.answers?.();
    const other = circuit.enter(A);
    await clock.advance(1_000);
    probe?.fail(DOWN);
    await clock.advance(0);
    expect(circuit.state(A)).toMatchObject({ kind: 'open', retryAtMs: clock.now() + 5_000, why: 'failures' });
    other?.fail(DOWN);
    await clock.advance(5_000);
    expect(circuit.state(A)).toEqual({ kind: 'half-open' });
  });

  it('wants to see the end of its probe where answers broke after their first content', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(2);
    const cut = circuit.enter(A);
    cut?.answers?.();
    cut?.fail(errorOf('stream_interrupted'));
    await clock.advance(5_000);
    const probe = circuit.enter(A);
    probe?.answers?.();
    expect(circuit.state(A)).toEqual({ kind: 'half-open' });
    probe?.succeed();
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(3);
    await clock.advance(5_000);
    circuit.enter(A)?.answers?.();
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('stays open by what others failed at while its probe went on, though that ends well', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    const probe = circuit.enter(A);
    probe?.answers?.();
    await fail(3);
    probe?.succeed();
    await clock.advance(0);
    expect(circuit.state(A).kind).toBe('open');
  });

  it.each(['abandon', 'succeed'] as const)(
    'hears of no first content after %s, nor where none is a probe',
    async (verb) => {
      const { circuit, clock, fail } = processWith();
      const early = circuit.enter(A);
      early?.answers?.();
      early?.[verb]();
      early?.answers?.();
      expect(circuit.state(A)).toEqual(CLOSED);
      await fail(3);
      const late = circuit.enter(A, true);
      late?.answers?.();
      expect(circuit.state(A).kind).toBe('open');
      await clock.advance(5_000);
      late?.answers?.();
      expect(circuit.state(A)).toEqual({ kind: 'half-open' });
    },
  );

  it('is ready at once where nobody looked until long after a probe hung', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    circuit.enter(A);
    await clock.advance(3_600_000);
    expect(circuit.enter(A)).toBeDefined();
  });

  it('does not listen to attempts that began before it opened', async () => {
    const { circuit, clock, fail } = processWith();
    const [good, bad] = [circuit.enter(A), circuit.enter(A)];
    await fail(3);
    await clock.advance(5_000);
    good?.succeed();
    bad?.fail(DOWN);
    await clock.advance(0);
    expect(circuit.state(A)).toEqual({ kind: 'half-open' });
    expect(circuit.enter(A)).toBeDefined();
  });

  it('lets in who waited until its time on a timer that ran a millisecond early', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(4_999);
    expect(circuit.enter(A)).toBeDefined();
  });
});

/** What becomes of circuits when three attempts at model a with key x end with this code. */
type Effect = 'nothing' | 'model' | 'target' | 'key' | 'limited';

/** Every code stands here: a new one does not compile until somebody has thought of it. */
const MATRIX: Readonly<Record<NexusErrorCode, Effect>> = {
  request_invalid: 'nothing',
  unauthenticated: 'nothing',
  forbidden: 'nothing',
  path_unknown: 'nothing',
  model_not_found: 'nothing',
  not_found: 'nothing',
  conflict: 'nothing',
  precondition_failed: 'nothing',
  idempotency_key_reused: 'nothing',
  config_unavailable: 'nothing',
  keys_unavailable: 'nothing',
  not_cached: 'nothing',
  file_damaged: 'nothing',
  storage_failed: 'nothing',
  method_not_allowed: 'nothing',
  body_too_large: 'nothing',
  media_type_unsupported: 'nothing',
  operation_unsupported: 'nothing',
  previous_response_not_found: 'nothing',
  rate_limited: 'nothing',
  budget_exhausted: 'nothing',
  audit_unavailable: 'nothing',
  limiter_unavailable: 'nothing',
  secret_undecryptable: 'nothing',
  nonces_unavailable: 'nothing',
  ledger_unavailable: 'nothing',
  overloaded: 'nothing',
  no_target: 'nothing',
  closing: 'nothing',
  internal: 'nothing',
  cancelled: 'nothing',
  deadline_exceeded: 'nothing',
  provider_rejected: 'nothing',
  context_length_exceeded: 'nothing',
  content_filtered: 'nothing',
  schema_mismatch: 'nothing',
  provider_denied: 'target',
  provider_blocked: 'nothing',
  provider_not_found: 'nothing',
  provider_rate_limited: 'limited',
  provider_limit_exceeded: 'nothing',
  provider_quota_exhausted: 'key',
  provider_overloaded: 'model',
  provider_unavailable: 'model',
  malformed_response: 'model',
  frame_too_large: 'model',
  empty_stream: 'model',
  stream_interrupted: 'model',
  stream_idle: 'model',
  first_content_timeout: 'model',
  total_timeout: 'model',
};

/** Which of these targets are left alone after it. */
const LEFT_ALONE: Readonly<Record<Effect, readonly string[]>> = {
  nothing: [],
  model: ['p#x/a', 'p#y/a'],
  target: ['p#x/a'],
  key: ['p#x/a', 'p#x/b'],
  limited: ['p#x/a'],
};

const CASES: readonly (readonly [NexusErrorCode, ErrorDetails, Effect])[] = [
  ...(Object.keys(CODES) as NexusErrorCode[]).map((code) => [code, {}, MATRIX[code]] as const),
  ['provider_denied', { providerStatus: 401 }, 'key'],
  ['provider_denied', { providerStatus: 403 }, 'target'],
  ['provider_denied', { providerStatus: 400, providerCode: 'API_KEY_INVALID' }, 'key'],
  ['provider_denied', { providerStatus: 200, providerCode: '6' }, 'target'],
  ['provider_rate_limited', { retryAfterMs: 700 }, 'limited'],
  ['provider_overloaded', { retryAfterMs: 700 }, 'limited'],
  ['provider_unavailable', { retryAfterMs: 700 }, 'limited'],
  ['provider_overloaded', { retryAfterMs: 0 }, 'model'],
  ['provider_overloaded', { providerStatus: 498 }, 'model'],
  ['provider_unavailable', { providerStatus: 408 }, 'model'],
  ['provider_unavailable', { providerStatus: 409 }, 'nothing'],
  ['provider_unavailable', { providerStatus: 409, retryAfterMs: 700 }, 'limited'],
  ['provider_rejected', { retryAfterMs: 700 }, 'nothing'],
];

describe('attribution', () => {
  const targets = [targetOf('a', 'x'), targetOf('a', 'y'), targetOf('b', 'x'), targetOf('b', 'y')];

  it.each(CASES)('B5: %s %j says to circuits: %s', async (code, details, effect) => {
    const { circuit, fail } = processWith();
    await fail(3, errorOf(code, details), targets[0]);
    const open = targets.filter((target) => circuit.state(target).kind === 'open');
    expect(open.map(({ id }) => id)).toEqual(LEFT_ALONE[effect]);
  });

  it.each(CASES)('B5: %s %j says the same where the provider has one key: %s', async (code, details, effect) => {
    const { circuit, fail } = processWith();
    await fail(3, errorOf(code, details));
    const open = [A, B].filter((target) => circuit.state(target).kind === 'open');
    const wanted = effect === 'key' ? [A, B] : effect === 'nothing' ? [] : [A];
    expect(open).toEqual(wanted);
  });

  it('B5: a refused key is left alone at once, and tried again once', async () => {
    const { circuit, clock, fail } = processWith();
    expect(await fail(1, BAD_KEY)).toBe(1);
    expect(circuit.state(B)).toEqual({ kind: 'open', retryAtMs: clock.now() + 5_000, why: 'key' });
    await clock.advance(5_000);
    expect(await fail(5, BAD_KEY, B)).toBe(1);
    await clock.advance(5_000);
    // A wrong request, a limit and a missing right show that the key is known there.
    circuit.enter(B)?.fail(errorOf('provider_denied', { providerStatus: 403 }));
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it.each([
    ['the time it told', 120_000, 120_000, 'told'],
    ['its usual time, where that is longer', 700, 5_000, 'key'],
  ])('B5: a key whose quota is used up is left alone for %s', async (_what, retryAfterMs, wantedMs, why) => {
    const { circuit, clock, fail } = processWith();
    expect(await fail(5, errorOf('provider_quota_exhausted', { retryAfterMs }), targetOf('a', 'x'))).toBe(1);
    const wanted = { kind: 'open', retryAtMs: clock.now() + wantedMs, why };
    expect(circuit.state(targetOf('b', 'x'))).toEqual(wanted);
    expect(circuit.state(targetOf('a', 'y'))).toEqual(CLOSED);
    await clock.advance(wantedMs);
    expect(circuit.state(targetOf('b', 'x')).kind).toBe('half-open');
  });

  it('B5: attempts that were under way with a refused key do not make its time longer', async () => {
    const { circuit, clock } = processWith();
    const tickets = [circuit.enter(A), circuit.enter(A)];
    tickets[0]?.fail(BAD_KEY);
    const state = circuit.state(A);
    await clock.advance(1_000);
    tickets[1]?.fail(BAD_KEY);
    expect(circuit.state(A)).toEqual(state);
  });

  it('takes an abandoned attempt for nothing', async () => {
    const { circuit, fail } = processWith();
    for (let time = 0; time < 50; time++) circuit.enter(A)?.abandon();
    await fail(3);
    expect(circuit.state(A).kind).toBe('open');
  });

  it('settles a ticket once', async () => {
    const { circuit, clock } = processWith();
    const ticket = circuit.enter(A);
    ticket?.succeed();
    for (let time = 0; time < 5; time++) ticket?.fail(DOWN);
    await clock.advance(0);
    expect(circuit.list?.()).toContainEqual(expect.objectContaining({ id: 'p/a', successes: 1, failures: 0 }));
  });
});

describe('a provider that limits', () => {
  const limited = (retryAfterMs: number): ReturnType<typeof errorOf> =>
    errorOf('provider_rate_limited', { retryAfterMs });

  it('is left alone until the time it told, the later of two, and then needs no probe', async () => {
    const { circuit, clock } = processWith();
    const tickets = [circuit.enter(A), circuit.enter(A)];
    const start = clock.now();
    tickets[0]?.fail(limited(3_000));
    tickets[1]?.fail(limited(2_000));
    expect(circuit.state(A)).toEqual({ kind: 'open', retryAtMs: start + 3_000, why: 'told' });
    expect(circuit.enter(A)).toBeUndefined();
    await clock.advance(3_000);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(circuit.enter(A) && circuit.enter(A)).toBeDefined();
  });

  it('is not counted as failing', async () => {
    const { circuit, clock, fail } = processWith();
    for (let time = 0; time < 10; time++) {
      await fail(1, limited(1_000));
      await clock.advance(1_000);
    }
    expect(circuit.list?.()).toContainEqual({ id: 'p/a', state: CLOSED, held: undefined, successes: 0, failures: 0 });
  });

  it('is asked again after an hour, whatever it told', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(1, limited(1e12));
    expect(circuit.state(A)).toMatchObject({ retryAtMs: clock.now() + 3_600_000 });
    await clock.advance(3_600_000);
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('and tells no time is left alone when it does so again and again', async () => {
    const { circuit, clock, fail, succeed } = processWith();
    const untold = errorOf('provider_rate_limited');
    await fail(2, untold);
    await succeed(1);
    await fail(2, untold);
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(1, untold);
    expect(circuit.state(A)).toEqual({ kind: 'open', retryAtMs: clock.now() + 5_000, why: 'told' });
  });

  it('and was failing is well again: the strictest of both is told', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    await fail(1, limited(700));
    expect(circuit.state(A)).toMatchObject({ kind: 'open', why: 'told', retryAtMs: clock.now() + 700 });
    await clock.advance(700);
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('and is overloaded has not shown that it is well', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    await fail(1, errorOf('provider_overloaded', { retryAfterMs: 700 }));
    expect(circuit.state(A)).toMatchObject({ kind: 'open', why: 'failures', retryAtMs: clock.now() + 5_000 });
  });
});

describe('who insists', () => {
  it('B3: gets a ticket for an open circuit; its success closes it, its failure changes nothing', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    const state = circuit.state(A);
    await clock.advance(1_000);
    for (let time = 0; time < 10; time++) circuit.enter(A, true)?.fail(DOWN);
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(state);
    expect(circuit.enter(A)).toBeUndefined();
    circuit.enter(A, true)?.succeed();
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('B3: frees a refused key by a success, and leaves a told time as it is', async () => {
    const { circuit, fail } = processWith();
    await fail(1, BAD_KEY);
    circuit.enter(B, true)?.succeed();
    expect(circuit.state(A)).toEqual(CLOSED);
    await fail(1, errorOf('provider_rate_limited', { retryAfterMs: 900 }));
    circuit.enter(A, true)?.succeed();
    expect(circuit.state(A)).toMatchObject({ kind: 'open', why: 'told' });
  });

  it('passes beside the probe', async () => {
    const { circuit, clock, fail } = processWith();
    await fail(3);
    await clock.advance(5_000);
    expect(circuit.enter(A)).toBeDefined();
    expect(circuit.enter(A)).toBeUndefined();
    expect(circuit.enter(A, true)).toBeDefined();
  });
});

describe('B4: holding', () => {
  it('open leaves the target alone for all, whatever happens, until it is freed, closed at first', async () => {
    const { circuit, clock, fail, succeed } = processWith();
    await succeed(1);
    expect(circuit.hold?.('p/a', 'open')).toBe(true);
    expect(circuit.state(A)).toEqual({ kind: 'open', retryAtMs: Infinity, why: 'forced' });
    await clock.advance(86_400_000);
    expect(circuit.enter(A)).toBeUndefined();
    expect(circuit.enter(A, true)).toBeUndefined();
    expect(circuit.enter(B)).toBeDefined();
    expect(circuit.hold?.('p/a', 'auto')).toBe(true);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(await fail(5)).toBe(3);
  });

  it('closed lets everybody in, whatever happens', async () => {
    const { circuit, fail } = processWith();
    await fail(3);
    circuit.hold?.('p/a', 'closed');
    expect(await fail(20)).toBe(20);
    expect(await fail(20, errorOf('provider_rate_limited', { retryAfterMs: 900 }))).toBe(20);
    expect(circuit.state(A)).toEqual(CLOSED);
    expect(await fail(5, BAD_KEY)).toBe(1);
  });

  it('takes a key from all models', async () => {
    const { circuit, succeed } = processWith();
    await succeed(1, targetOf('a', 'x'));
    expect(circuit.hold?.('p#x', 'open')).toBe(true);
    expect(circuit.enter(targetOf('b', 'x'))).toBeUndefined();
    expect(circuit.enter(targetOf('b', 'y'))).toBeDefined();
  });

  it('knows no circuit that nobody asked for', () => {
    const { circuit } = processWith();
    expect(circuit.hold?.('p/a', 'open')).toBe(false);
    expect(circuit.list?.()).toEqual([]);
  });

  it('lists all circuits with what holds them', async () => {
    const { circuit, clock, fail, succeed } = processWith();
    await succeed(1, targetOf('a', 'x'));
    await fail(1, BAD_KEY, targetOf('a', 'x'));
    circuit.hold?.('p/a', 'closed');
    const retryAtMs = clock.now() + 5_000;
    const byId = [...(circuit.list?.() ?? [])].sort((one, other) => (one.id < other.id ? -1 : 1));
    expect(byId).toEqual([
      { id: 'p#x', state: { kind: 'open', retryAtMs, why: 'key' }, held: undefined, successes: 0, failures: 0 },
      { id: 'p#x/a', state: CLOSED, held: undefined, successes: 0, failures: 0 },
      { id: 'p/a', state: CLOSED, held: 'closed', successes: 0, failures: 0 },
    ]);
  });
});

it('M4: remembers a bounded number of circuits, and leaves no timer', async () => {
  const { circuit, clock, fail } = processWith(undefined, undefined, { ...OPTIONS, failures: 1 });
  for (let model = 0; model < 5_000; model++) circuit.enter(targetOf(String(model)))?.succeed();
  expect(circuit.list?.().length).toBeLessThanOrEqual(2_000);
  await fail(1);
  expect(circuit.state(A).kind).toBe('open');
  expect(clock.pending).toBe(0);
  await circuit.close?.();
});
