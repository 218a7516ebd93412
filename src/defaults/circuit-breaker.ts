import type { NexusError } from '../errors.ts';
import type { CircuitBreaker, CircuitReport, CircuitState, Ticket } from '../ports/circuit-breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Target } from '../ports/router.ts';
import type { Store } from '../ports/store.ts';
import type { CircuitMove, CircuitOptions, Hear } from './circuit.ts';
import { Circuit } from './circuit.ts';
import { logMove } from './circuit-log.ts';
import { CircuitNews } from './circuit-news.ts';
import type { CircuitHold } from './circuit-record.ts';
import type { Verdict, Word } from './circuit-rule.ts';
import { NOTHING, strictest, SUCCESS, verdictOn } from './circuit-rule.ts';
import { RecentMap } from './recent-map.ts';

/** Circuits remembered; over it those not asked for longest are forgotten. Model names may come from callers. */
const MOST_CIRCUITS = 2_000;

/** What circuits need besides their rule. */
export interface CircuitParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where states are kept over a restart and shared with other processes. */
  readonly store: Store;
}

/** A circuit and what it is asked about the target. */
interface Guard {
  readonly circuit: Circuit;
  readonly wordFor: (verdict: Verdict) => Word;
  /** Told when the provider limits us: how much it takes depends on model and key. */
  readonly isLimited: boolean;
  /** Every attempt counts there; elsewhere only once there was a failure. */
  readonly counts: boolean;
}

/**
 * Circuits on opossum: one for each model at a provider, one for each key, and, where a provider has several keys, one
 * for each model with a key. A target is asked when all that guard it let it in.
 */
export function opossumCircuit(options: CircuitOptions, { clock, logger, store }: CircuitParts): CircuitBreaker {
  const circuits = new RecentMap<string, Circuit>(MOST_CIRCUITS, (circuit) => {
    circuit.end();
  });
  const holds = new Map<string, CircuitHold>();
  const tell = (circuit: Circuit, move?: CircuitMove): void => {
    news.tell(circuit.id, circuit.record());
    if (move) logMove(logger, circuit.id, move);
  };
  /** What another process wrote of it, unless somebody has held or freed it since. */
  const readNews = (circuit: Circuit): void => {
    const record = news.recordOf(circuit.id);
    if (record && record.atMs >= (holds.get(circuit.id)?.atMs ?? 0)) circuit.merge(record);
  };
  const circuitOf = (id: string): Circuit => {
    let circuit = circuits.get(id);
    if (!circuit) {
      circuits.set(id, (circuit = new Circuit(id, options, clock, tell)));
      readNews(circuit);
    }
    return circuit;
  };
  const news = new CircuitNews(store, clock, logger, {
    changed(id) {
      const circuit = circuits.get(id);
      if (circuit) readNews(circuit);
    },
    held(id, hold) {
      if (hold.atMs <= (holds.get(id)?.atMs ?? 0)) return;
      holds.set(id, hold);
      circuits.get(id)?.reset();
    },
  });
  const heldAs = (id: string): 'open' | 'closed' | undefined => {
    const how = holds.get(id)?.how;
    return how === 'auto' ? undefined : how;
  };
  const stateOf = (circuit: Circuit): CircuitState => {
    const held = heldAs(circuit.id);
    if (held === undefined) return circuit.state();
    return held === 'open' ? { kind: 'open', retryAtMs: Infinity, why: 'forced' } : { kind: 'closed' };
  };
  const guardsOf = (target: Target): readonly Guard[] => {
    news.refresh();
    return guardsIn(target, circuitOf);
  };
  // What was known before a restart is read before the first request asks.
  news.refresh();

  return {
    enter(target, insist = false) {
      const guards = guardsOf(target);
      if (guards.some(({ circuit }) => heldAs(circuit.id) === 'open')) return undefined;
      const own = guards.filter(({ circuit }) => heldAs(circuit.id) === undefined);
      if (!insist && !own.every(({ circuit }) => circuit.admits())) return undefined;
      return new GuardedTicket(own);
    },
    state: (target) => strictest(guardsOf(target).map(({ circuit }) => stateOf(circuit))),
    list() {
      news.refresh();
      for (const id of news.ids()) circuitOf(id);
      for (const id of holds.keys()) if (heldAs(id)) circuitOf(id);
      return [...circuits.values()].map((circuit): CircuitReport => {
        return { id: circuit.id, state: stateOf(circuit), held: heldAs(circuit.id), ...circuit.counts() };
      });
    },
    hold(id, how) {
      news.refresh();
      if (circuits.get(id) === undefined && heldAs(id) === undefined) return false;
      const hold = { how, atMs: Math.max(clock.now(), (holds.get(id)?.atMs ?? 0) + 1) };
      holds.set(id, hold);
      circuitOf(id).reset();
      news.tellHold(id, hold);
      return true;
    },
    async close() {
      for (const circuit of circuits.values()) circuit.end();
      await news.close();
    },
  };
}

/** Ids by target: putting them together anew costs more than all the rest of asking closed circuits. */
const idsOf = new WeakMap<Target, { readonly model: string; readonly key: string }>();

/** The circuits that guard a target. */
function guardsIn(target: Target, circuitOf: (id: string) => Circuit): readonly Guard[] {
  const { id, providerId, model, keyId = '' } = target;
  let ids = idsOf.get(target);
  if (!ids) idsOf.set(target, (ids = { model: `${providerId}/${model}`, key: `${providerId}#${keyId}` }));
  const modelId = ids.model;
  const key: Guard = {
    circuit: circuitOf(ids.key),
    wordFor: (verdict) => verdict.key,
    isLimited: false,
    counts: false,
  };
  if (id === modelId) return [{ circuit: circuitOf(id), wordFor: forBoth, isLimited: true, counts: true }, key];
  const ofModel: Guard = {
    circuit: circuitOf(modelId),
    wordFor: (verdict) => verdict.model,
    isLimited: false,
    counts: true,
  };
  return [
    ofModel,
    { circuit: circuitOf(id), wordFor: (verdict) => verdict.target, isLimited: true, counts: false },
    key,
  ];
}

/** Where there is one key, the circuit of the model hears both words; one of them says nothing, or they are the same. */
function forBoth({ model, target }: Verdict): Word {
  return target === 'nothing' ? model : target;
}

/** Enters all circuits together, and tells all how it ended, once. */
class GuardedTicket implements Ticket {
  readonly #guards: readonly Guard[];
  /** By the place of the guard. */
  readonly #ears: readonly Hear[];
  #isOver = false;

  constructor(guards: readonly Guard[]) {
    this.#guards = guards;
    this.#ears = guards.map(({ circuit, counts }) => circuit.enter(counts));
  }

  succeed(): void {
    this.#settle(SUCCESS);
  }

  fail(error: NexusError): void {
    this.#settle(verdictOn(error), error);
  }

  abandon(): void {
    this.#settle(NOTHING);
  }

  #settle(verdict: Verdict, error?: NexusError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [place, { circuit, wordFor, isLimited }] of this.#guards.entries()) {
      this.#ears[place]?.(wordFor(verdict), error);
      if (isLimited && verdict.limited) circuit.limit(verdict.limited.waitMs);
    }
  }
}
