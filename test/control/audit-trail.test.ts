import { memoryAuditLog } from 'nexusai-hub';
import type { AuditEntry, AuditLog, LinkedAuditEntry } from 'nexusai-hub/ports';
import { manualClock, type ManualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { AuditTrail } from '../../src/control/audit-trail.ts';
import type { AuditedRequest } from '../../src/request-audit.ts';
import { keptLog } from '../bookkeeping/log.ts';

const ADMIN = { id: 'boss', role: 'admin' };
const SETTINGS = { requests: 'all', content: false, probes: false } as const;

/** A log that is as well as it is told to be. */
class FickleLog implements Pick<AuditLog, 'append'> {
  mood: 'well' | 'away' | 'silent' | 'forgetful' = 'well';
  readonly kept = memoryAuditLog({ maxEntries: 100_000 });
  appends = 0;

  async append(entries: readonly AuditEntry[]): Promise<void> {
    this.appends++;
    if (this.mood === 'away') throw new Error('connect ECONNREFUSED db.internal:5432');
    if (this.mood === 'silent') return new Promise(() => undefined);
    await this.kept.append(entries);
    if (this.mood === 'forgetful') throw new Error('the connection broke after the commit');
  }

  all(): Promise<readonly LinkedAuditEntry[]> {
    return this.kept.after(0, 100_000);
  }
}

interface Stage {
  readonly log: FickleLog;
  readonly clock: ManualClock;
  readonly trail: AuditTrail;
  readonly lines: readonly { readonly line: string }[];
}

function stage(settings: ConstructorParameters<typeof AuditTrail>[0] = SETTINGS): Stage {
  const clock = manualClock();
  const fickle = new FickleLog();
  const log: AuditLog = Object.assign(Object.create(fickle.kept) as AuditLog, {
    append: (entries: readonly AuditEntry[]) => fickle.append(entries),
  });
  const logger = keptLog();
  return { log: fickle, clock, trail: new AuditTrail(settings, { log, clock, logger }), lines: logger.lines };
}

function request(more: Partial<AuditedRequest> = {}): AuditedRequest {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    route: '/v1/chat/completions',
    permission: 'chat',
    caller: { id: 'app', role: 'user' },
    status: 200,
    code: undefined,
    isLeft: false,
    requestId: 'req_1',
    address: '192.0.2.1',
    atMs: 1_764_115_200_000.4,
    durationMs: 12.6,
    ...more,
  };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'done',
    (cause: unknown) => (cause as { code?: unknown }).code,
  );
}

describe('requests', () => {
  it('hold up no others where nothing can be told of them', async () => {
    const { trail, log, clock, lines } = stage();
    const caller = { id: undefined as unknown as string, role: 'user' };
    for (const requestId of ['req_1', 'req_2', 'req_3'])
      trail.request(request({ requestId, ...(requestId === 'req_2' ? { caller } : {}) }));
    await clock.advance(100);
    const entries = (await log.all()).map(({ requestId, action }) => requestId ?? action);
    expect(entries).toEqual(['req_1', 'req_3', 'audit.lost']);
    expect(trail.report()).toMatchObject({ state: 'well', waiting: 0, written: 3, lost: 1 });
    expect(lines.map(({ line }) => line).join('\n')).toContain('could not be made');
    await trail.close(1_000);
  });

  it('are written together, a little later, in their order', async () => {
    const { trail, log, clock } = stage();
    for (let number = 0; number < 100; number++) trail.request(request({ requestId: `req_${number}` }));
    expect(log.appends).toBe(0);
    await clock.advance(50);
    expect(log.appends).toBe(1);
    expect((await log.all()).map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 100 }, (_, number) => `req_${number}`),
    );
    expect(clock.pending).toBe(0);
  });

  it.each<[what: string, more: Partial<AuditedRequest>, entry: Partial<AuditEntry>]>([
    [
      'that was answered',
      {},
      { outcome: 'ok', status: 200, code: null, durationMs: 13, actor: 'app', role: 'user', atMs: 1_764_115_200_000 },
    ],
    [
      'of nobody',
      { status: 401, code: 'unauthenticated', caller: undefined },
      { outcome: 'refused', actor: null, role: null, code: 'unauthenticated' },
    ],
    [
      'for no path',
      { status: 404, code: 'path_unknown', route: undefined, path: '/x' },
      { outcome: 'refused', action: 'POST (unknown path)', target: '/x' },
    ],
    ['that a provider failed', { status: 502, code: 'provider_unavailable' }, { outcome: 'failed', status: 502 }],
    [
      'whose stream broke',
      { status: 200, code: 'stream_interrupted' },
      { outcome: 'failed', status: 200, code: 'stream_interrupted' },
    ],
    ['whose client left', { isLeft: true }, { outcome: 'cancelled', status: 200, code: 'cancelled' }],
    [
      'that nobody answered',
      { isLeft: true, status: undefined },
      { outcome: 'cancelled', status: null, code: 'cancelled' },
    ],
    ['of a made up method', { method: 'sk-canary' }, { action: '(other) /v1/chat/completions' }],
    ['with halves of characters', { path: '/\ud800\u0000', route: undefined }, { target: '/\ufffd\ufffd' }],
    [
      'with a key in its path',
      { path: '/models/sk-canary-1234567890', route: '/models/*' },
      { target: '/models/[secret]' },
    ],
    ['with a key for its id', { requestId: 'sk-canary-1234567890' }, { requestId: '[secret]' }],
  ])('tell of one %s', async (_what, more, entry) => {
    const { trail, log, clock } = stage();
    trail.request(request(more));
    await clock.advance(50);
    expect(await log.all()).toEqual([expect.objectContaining(entry)]);
  });

  it('are those that the owner wants', async () => {
    const all = [
      request({ route: '/healthz', permission: 'none' }),
      request({ route: undefined, permission: undefined, status: 404 }),
      request({ permission: 'models.read' }),
      request({ permission: 'chat', status: 403 }),
      request({ permission: 'stats.read' }),
    ];
    const numbers = async (settings: Partial<typeof SETTINGS> & object): Promise<number[]> => {
      const { trail, log, clock } = stage({ ...SETTINGS, ...settings });
      for (const [place, one] of all.entries()) trail.request({ ...one, requestId: String(place) });
      await clock.advance(50);
      return (await log.all()).map(({ requestId }) => Number(requestId));
    };
    expect(await numbers({})).toEqual([1, 2, 3, 4]);
    expect(await numbers({ probes: true } as object)).toEqual([0, 1, 2, 3, 4]);
    expect(await numbers({ requests: 'admin' } as object)).toEqual([3, 4]);
  });

  it('keep their body where that is wanted, without its secrets', async () => {
    const { trail, log, clock } = stage({ ...SETTINGS, content: true });
    expect(trail.wantsContent).toBe(true);
    trail.request(request({ content: '{"api_key":"canary","model":"m"}' }));
    trail.request(request({ content: `[${'1,'.repeat(40_000)}1]` }));
    await clock.advance(50);
    const [first, second] = await log.all();
    expect(first?.details).toBe('{"content":{"api_key":"[secret]","model":"m"}}');
    expect(second?.details?.length).toBeLessThan(70_000);
  });

  it('wait while the log is away, and stand in it once when it is back', async () => {
    const { trail, log, clock, lines } = stage();
    log.mood = 'away';
    trail.request(request({ requestId: 'first' }));
    await clock.advance(60_000);
    expect(trail.report()).toMatchObject({ state: 'away', waiting: 1, written: 0, lost: 0, lastError: 'Error' });
    log.mood = 'forgetful';
    await clock.advance(2_000);
    log.mood = 'well';
    trail.request(request({ requestId: 'second' }));
    await clock.advance(2_100);
    expect((await log.all()).map(({ requestId }) => requestId)).toEqual(['first', 'second']);
    expect(trail.report()).toMatchObject({ state: 'well', waiting: 0, written: 2, lost: 0 });
    expect(lines.map(({ line }) => line)).toEqual([
      'error the audit log takes no entries: they wait, and are tried again',
      'warn the audit log takes entries again',
    ]);
  });

  it('that there is no room for are counted, told once, and told to the log', async () => {
    const { trail, log, clock, lines } = stage();
    log.mood = 'silent';
    for (let number = 0; number < 10_007; number++) trail.request(request());
    expect(trail.report()).toMatchObject({ waiting: 10_000, lost: 7 });
    log.mood = 'well';
    await clock.advance(20_000);
    const last = (await log.all()).at(-1);
    expect(last).toMatchObject({
      kind: 'action',
      action: 'audit.lost',
      actor: null,
      details: '{"after":{"entries":7}}',
    });
    expect(trail.report()).toMatchObject({ state: 'well', waiting: 0, written: 10_001, lost: 7 });
    expect(lines.filter(({ line }) => line.includes('what comes now is lost'))).toHaveLength(1);
  });

  it('are written when the hub closes, and given up when that takes too long', async () => {
    const well = stage();
    well.trail.request(request());
    await well.trail.close(1_000);
    expect(await well.log.all()).toHaveLength(1);

    const ill = stage();
    ill.log.mood = 'silent';
    ill.trail.request(request());
    const closed = ill.trail.close(1_000);
    await ill.clock.advance(1_000);
    await closed;
    expect(ill.trail.report()).toMatchObject({ waiting: 0, lost: 1 });
    expect(ill.lines.at(-1)?.line).toBe('error the hub closed before the audit log took all entries: the rest is lost');
    await ill.clock.advance(0);
    expect(ill.clock.pending).toBe(0);
  });
});

describe('actions', () => {
  const UPDATE = { action: 'providers.update', target: 'main', by: ADMIN } as const;

  it('are written before they are done, with secrets masked', async () => {
    const { trail, log } = stage();
    const by = { ...ADMIN, request: { id: 'r', address: '10.0.0.9' } };
    let writtenBefore = 0;
    const change = async (): Promise<string> => {
      writtenBefore = (await log.all()).length;
      return 'changed';
    };
    const done = trail.change(
      { ...UPDATE, before: { api_key: 'old' }, after: { api_key: 'new', rate: 1 }, by },
      change,
    );
    expect(await done).toBe('changed');
    expect(writtenBefore).toBe(1);
    expect(await log.all()).toEqual([
      expect.objectContaining({
        kind: 'action',
        actor: 'boss',
        role: 'admin',
        action: 'providers.update',
        target: 'main',
        outcome: 'ok',
        requestId: 'r',
        address: '10.0.0.9',
        details: '{"before":{"api_key":"[secret]"},"after":{"api_key":"[secret]","rate":1}}',
      }),
    ]);
  });

  it('that fail say so in a second entry', async () => {
    const { trail, log, clock } = stage();
    const failing = trail.change(UPDATE, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await clock.advance(50);
    const [first, second] = await log.all();
    expect(second).toMatchObject({
      outcome: 'failed',
      code: 'internal',
      details: JSON.stringify({ began: first?.id }),
    });
  });

  it('are not done while the log is away', async () => {
    const { trail, log, clock } = stage();
    log.mood = 'away';
    let isDone = false;
    const change = (): void => void (isDone = true);
    expect(await codeOf(trail.change(UPDATE, change))).toBe('audit_unavailable');
    expect(await codeOf(trail.action(UPDATE))).toBe('audit_unavailable');
    expect(isDone).toBe(false);
    log.mood = 'well';
    await clock.advance(10_000);
    // The log may have taken what it was handed first; so it is told that this failed.
    expect((await log.all()).map(({ outcome, code }) => [outcome, code])).toEqual([['failed', 'audit_unavailable']]);
    expect(await codeOf(trail.change(UPDATE, change))).toBe('done');
    expect(isDone).toBe(true);
  });

  it('do not wait for ever for a log that is silent', async () => {
    const { trail, log, clock } = stage();
    log.mood = 'silent';
    const failed = codeOf(trail.action(UPDATE));
    await clock.advance(5_000);
    expect(await failed).toBe('audit_unavailable');
  });

  it('go in at once, behind the requests before them', async () => {
    const { trail, log } = stage();
    for (let number = 0; number < 600; number++) trail.request(request());
    await trail.action(UPDATE);
    const entries = await log.all();
    expect([entries.length, entries.at(-1)?.kind, log.appends]).toEqual([601, 'action', 3]);
  });
});
