import { NexusError } from '../../errors.ts';
import type { Caller } from '../../ports/authenticator.ts';
import type { Provider } from '../../ports/provider.ts';
import type { Operation, RequestFacts, Target } from '../../ports/router.ts';
import type { RouteCondition } from './condition.ts';
import { unmetIn } from './condition.ts';

/** A target, and for whom and what it is. */
export interface RouteEntry {
  readonly target: Target;
  readonly when?: RouteCondition | undefined;
}

/** Where one model name leads. */
export class RouteSet {
  readonly #model: string;
  readonly #entries: readonly RouteEntry[];
  readonly #hasConditions: boolean;
  /** Strategies know a list again: the same request gets the same one. */
  readonly #able = new Map<Operation, readonly Target[]>();

  /** @param entries in the order they were configured; those of lower tiers are put first. */
  constructor(model: string, entries: readonly RouteEntry[]) {
    this.#model = model;
    this.#entries = entries.toSorted((one, other) => (one.target.tier ?? 1) - (other.target.tier ?? 1));
    this.#hasConditions = entries.some(({ when }) => when !== undefined);
  }

  /** Who is named first. */
  get ownedBy(): string | undefined {
    return this.#entries[0]?.target.providerId;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** True unless every route is for other callers. */
  isOpenTo(caller: Caller): boolean {
    return this.#entries.some(({ when }) => when?.callers?.includes(caller.id) ?? true);
  }

  /** The targets that can do this and are open to the request; maybe none. A strategy cannot change the list. */
  targetsFor(facts: RequestFacts, caller: Caller): readonly Target[] {
    if (this.#hasConditions)
      return targetsOf(
        this.#ableTo(facts.operation).filter(
          ({ when }) => when === undefined || unmetIn(when, facts, caller) === undefined,
        ),
      );
    let able = this.#able.get(facts.operation);
    if (!able) this.#able.set(facts.operation, (able = targetsOf(this.#ableTo(facts.operation))));
    return able;
  }

  /** The targets a request does not lead to, and what of it they are not for. */
  leftOutFor(facts: RequestFacts, caller: Caller): { readonly target: Target; readonly why: string }[] {
    return this.#entries.flatMap(({ target, when = {} }) => {
      const why = canDo(target.provider, facts.operation) ? unmetIn(when, facts, caller) : facts.operation;
      return why === undefined ? [] : [{ target, why }];
    });
  }

  /**
   * Why there is no target for a request.
   * @param others all providers that can do what was asked.
   */
  refusal(facts: RequestFacts, caller: Caller, others: readonly string[]): NexusError {
    const about = { param: 'model' };
    const able = this.#ableTo(facts.operation);
    if (able.length === 0) {
      const mend = others.length === 0 ? 'No provider here has it.' : `Route it to one that has: ${others.join(', ')}.`;
      const message = `No provider of the model "${this.#model}" has ${facts.operation}. ${mend}`;
      return new NexusError('operation_unsupported', message, about);
    }
    const unmet = able.flatMap(({ when = {} }) => {
      const reason = unmetIn(when, facts, caller);
      return reason === undefined || reason === 'callers' ? [] : [{ reason, most: when.maxPromptTokens ?? 0 }];
    });
    if (unmet.length === 0) return mayNotUse(this.#model);
    if (unmet.every(({ reason }) => reason === 'maxPromptTokens')) {
      const most = Math.max(...unmet.map((one) => one.most));
      const message = `The prompt has about ${facts.promptTokens} tokens; the model "${this.#model}" takes ${most} here.`;
      return new NexusError('context_length_exceeded', message, { param: 'messages' });
    }
    const reasons = [...new Set(unmet.map(({ reason }) => reason))].join(', ');
    const message = `No route of the model "${this.#model}" is for this request; it does not meet: ${reasons}.`;
    return new NexusError('operation_unsupported', message, about);
  }

  #ableTo(operation: Operation): readonly RouteEntry[] {
    return this.#entries.filter(({ target }) => canDo(target.provider, operation));
  }
}

function targetsOf(entries: readonly RouteEntry[]): readonly Target[] {
  return Object.freeze(entries.map(({ target }) => target));
}

/** Whether a provider has an operation. */
export function canDo(provider: Provider, operation: Operation): boolean {
  if (operation === 'chat') return true;
  if (operation === 'embeddings') return provider.embed !== undefined;
  return provider.forward !== undefined && (provider.operations?.includes(operation) ?? true);
}

/** The model is there, but not for this caller. */
export function mayNotUse(model: string): NexusError {
  return new NexusError('forbidden', `This key may not use the model "${model}".`, { param: 'model' });
}
