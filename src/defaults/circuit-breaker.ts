import type { NexusError } from '../errors.ts';
import type { CircuitBreaker, CircuitReport, CircuitState, Ticket } from '../ports/circuit-breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Target } from '../ports/router.ts';
import type { Store } from '../ports/store.ts';
import type { CircuitMove, CircuitOptions, Entry } from './circuit.ts';
import { Circuit } from './circuit.ts';
import { logMove } from './circuit-log.ts';
import { CircuitNews } from './circuit-news.ts';
import type { CircuitHold } from './circuit-record.ts';
import type { Limited, Verdict, Word } from './circuit-rule.ts';
import { CLOSED, NOTHING, stricter, SUCCESS, verdictOn } from './circuit-rule.ts';
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

/** A circuit that guards a target, and what it is asked about it. */
interface Guard {
  readonly id: string;
  readonly wordFor: (verdict: Verdict) => Word;
  /** Which limits of the provider are told to it: how much it takes depends on model and key. */
  readonly limited: Limited | undefined;
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
  const stateOf = (id: string): CircuitState => {
    const held = heldAs(id);
    if (held === undefined) return circuitOf(id).state();
    return held === 'open' ? { kind: 'open', retryAtMs: Infinity, why: 'forced' } : CLOSED;
  };
  // What was known before a restart is read before the first request asks.
  news.refresh();

  return {
    enter(target, insist = false) {
      news.refresh();
      const guards = guardsOf(target);
      if (guards.some(({ id }) => heldAs(id) === 'open')) return undefined;
      const circuits = guards.map(({ id }) => (heldAs(id) ? undefined : circuitOf(id)));
      if (!insist && !circuits.every(admits)) return undefined;
      return new GuardedTicket(guards, circuits);
    },
    state(target) {
      news.refresh();
      let strictest = CLOSED;
      for (const { id } of guardsOf(target)) strictest = stricter(strictest, stateOf(id));
      return strictest;
    },
    list() {
      news.refresh();
      for (const id of news.ids()) circuitOf(id);
      for (const id of holds.keys()) if (heldAs(id)) circuitOf(id);
      return [...circuits.values()].map((circuit): CircuitReport => {
        return { id: circuit.id, state: stateOf(circuit.id), held: heldAs(circuit.id), ...circuit.counts() };
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

/** By target: putting ids together anew costs more than all the rest of asking closed circuits. */
const knownGuards = new WeakMap<Target, readonly Guard[]>();

/** The circuits that guard a target. */
function guardsOf(target: Target): readonly Guard[] {
  let guards = knownGuards.get(target);
  if (!guards) knownGuards.set(target, (guards = guardsIn(target)));
  return guards;
}

function guardsIn({ id, providerId, model, keyId = '' }: Target): readonly Guard[] {
  const modelId = `${providerId}/${model}`;
  const key: Guard = {
    id: `${providerId}#${keyId}`,
    wordFor: (verdict) => verdict.key,
    limited: 'key',
    counts: false,
  };
  if (id === modelId) return [{ id, wordFor: forBoth, limited: 'target', counts: true }, key];
  return [
    { id: modelId, wordFor: (verdict) => verdict.model, limited: undefined, counts: true },
    { id, wordFor: (verdict) => verdict.target, limited: 'target', counts: false },
    key,
  ];
}

/** Where there is one key, the circuit of the model hears both words; one of them says nothing, or they are the same. */
function forBoth({ model, target }: Verdict): Word {
  return target === 'nothing' ? model : target;
}

/** A circuit that somebody holds closed lets everybody in. */
function admits(circuit: Circuit | undefined): boolean {
  return circuit?.admits() ?? true;
}

/** Enters all circuits together, and tells all how it ended, once. */
class GuardedTicket implements Ticket {
  readonly #guards: readonly Guard[];
  /** By the place of the guard; absent where somebody holds the circuit. */
  readonly #circuits: readonly (Circuit | undefined)[];
  readonly #entries: readonly (Entry | undefined)[];
  #hasContent = false;
  #isOver = false;

  constructor(guards: readonly Guard[], circuits: readonly (Circuit | undefined)[]) {
    this.#guards = guards;
    this.#circuits = circuits;
    this.#entries = guards.map(({ counts }, place) => circuits[place]?.enter(counts));
  }

  answers(): void {
    if (this.#isOver) return;
    this.#hasContent = true;
    for (const [place, entry] of this.#entries.entries()) if (entry) this.#circuits[place]?.hearContent(entry);
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
    const failure = error && { error, isLate: this.#hasContent };
    let place = 0;
    for (const { wordFor, limited } of this.#guards) {
      const circuit = this.#circuits[place];
      const entry = this.#entries[place++];
      if (!circuit || !entry) continue;
      circuit.hear(entry, wordFor(verdict), failure);
      if (verdict.limited && verdict.limited.what === limited) circuit.limit(verdict.limited.waitMs);
    }
  }
}
