import type { ErrorDetails, NexusErrorCode } from 'nexusai-hub';
import { memoryStore, NexusError } from 'nexusai-hub';
import type { CircuitBreaker, Store, Target } from 'nexusai-hub/ports';
import type { ManualClock } from 'nexusai-hub/testing';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { CircuitOptions } from '../../src/defaults/circuit.ts';
import { opossumCircuit } from '../../src/defaults/circuit-breaker.ts';

export const OPTIONS: CircuitOptions = { failures: 3, failureRate: 0.5, windowMs: 10_000, retryAfterMs: 5_000 };

const provider = scriptedProvider({ says: '' });

/** A target of the provider `p`, with its only key or one of several. */
export function targetOf(model: string, keyId?: string): Target {
  const id = keyId === undefined ? `p/${model}` : `p#${keyId}/${model}`;
  return { id, providerId: 'p', provider, model, weight: 1, keyId };
}

export const A: Target = targetOf('a');
export const B: Target = targetOf('b');

export function errorOf(code: NexusErrorCode, details: ErrorDetails = {}): NexusError {
  return new NexusError(code, 'x', details);
}

export const DOWN: NexusError = errorOf('provider_unavailable');
export const BAD_KEY: NexusError = errorOf('provider_denied', { providerStatus: 401 });

/** The circuits of one process, on time that stands still. */
export interface Process {
  readonly circuit: CircuitBreaker;
  readonly clock: ManualClock;
  /** What was logged, by level. */
  readonly log: readonly string[];
  /** Attempts, one after the other, that fail where they are let in. Returns how many were. */
  fail(times: number, error?: NexusError, target?: Target): Promise<number>;
  succeed(times: number, target?: Target): Promise<void>;
}

export function processWith(
  clock: ManualClock = manualClock(),
  store: Store = memoryStore(clock),
  options: CircuitOptions = OPTIONS,
): Process {
  const log: string[] = [];
  const logged = (level: string) => (_record: object, message: string) => void log.push(`${level}: ${message}`);
  const logger = { debug: logged('debug'), info: logged('info'), warn: logged('warn'), error: logged('error') };
  const circuit = opossumCircuit(options, { clock, logger, store });
  return {
    circuit,
    clock,
    log,
    async fail(times, error = DOWN, target = A) {
      let asked = 0;
      for (let time = 0; time < times; time++) {
        const ticket = circuit.enter(target);
        if (ticket) asked++;
        ticket?.fail(error);
        await clock.advance(0);
      }
      return asked;
    },
    async succeed(times, target = A) {
      for (let time = 0; time < times; time++) circuit.enter(target)?.succeed();
      await clock.advance(0);
    },
  };
}
