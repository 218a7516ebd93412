import type { ProviderContext } from 'nexusai-hub/ports';
import { describe, expect, it, vi } from 'vitest';

import { systemClock } from '../../src/defaults/clock.ts';
import { silentLogger } from '../../src/defaults/logger.ts';
import { AttemptContext, stopOf } from '../../src/provider-kit/attempt-context.ts';
import { signalOf, Stop } from '../../src/provider-kit/stop.ts';

const REASON = new Error('The caller left.');

describe('what stops an attempt', () => {
  it('tells every listener once, and who has left not at all', () => {
    const stop = new Stop();
    const [first, second, gone] = [vi.fn(), vi.fn(), vi.fn()];
    for (const listener of [first, gone, second]) stop.addEventListener('abort', listener);
    stop.removeEventListener('abort', gone);
    stop.abort(REASON);
    stop.abort(new Error('Too late.'));
    expect([first, second, gone].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0]);
    expect([stop.aborted, stop.reason]).toEqual([true, REASON]);
  });

  it('tells all its listeners, also when one of them leaves meanwhile', () => {
    const stop = new Stop();
    const last = vi.fn();
    const first = (): void => stop.removeEventListener('abort', first);
    stop.addEventListener('abort', first);
    stop.addEventListener('abort', last);
    stop.abort(REASON);
    expect(last).toHaveBeenCalledTimes(1);
  });

  it('aborts its signal with the same reason, whenever that is asked for', () => {
    const [before, after] = [new Stop(), new Stop()];
    const { signal } = before;
    expect([signal.aborted, before.signal]).toEqual([false, signal]);
    for (const stop of [before, after]) stop.abort(REASON);
    expect([signal.aborted, signal.reason]).toEqual([true, REASON]);
    expect([after.signal.aborted, after.signal.reason]).toEqual([true, REASON]);
    expect(signalOf(before)).toBe(signal);
    expect(signalOf(signal)).toBe(signal);
  });
});

describe('the context of an attempt', () => {
  function contextOf(stop: Stop): ProviderContext {
    const heartbeat = (): void => undefined;
    const keyId = undefined;
    return new AttemptContext(stop, { requestId: 'r', keyId, heartbeat, clock: systemClock, logger: silentLogger });
  }

  it('gives a transport what stops it, and everybody else its signal', () => {
    const stop = new Stop();
    const context = contextOf(stop);
    expect(stopOf(context)).toBe(stop);
    expect(context.signal).toBe(stop.signal);
    expect(Object.keys(context).sort()).toEqual(['clock', 'heartbeat', 'keyId', 'logger', 'requestId', 'signal']);
  });

  it('can be copied by spread: a copy has the signal, or the one it was given in its place', () => {
    const stop = new Stop();
    const context = contextOf(stop);
    const copy = { ...context, requestId: 'other' };
    const tighter = { ...context, signal: AbortSignal.abort(REASON) };
    expect(stopOf(tighter)).toBe(tighter.signal);
    expect(stopOf(copy)).toBe(copy.signal);
    stop.abort(REASON);
    expect(copy.signal.reason).toBe(REASON);
  });
});
