import type { Caller, Clock, Logger, ModelEntry, Provider, RequestFacts, Router } from './ports/index.ts';
import { type ModelListLimits, ReportedModels } from './reported-models.ts';

/** What a directory of models needs. */
export interface DirectoryParts {
  readonly providers: Readonly<Record<string, Provider>>;
  readonly router: Router;
  /** `undefined`: providers are not asked. */
  readonly limits: ModelListLimits | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The models of a hub as its callers see them: what the router knows, then what the providers without `models` report.
 * A name is listed only where a request for it would lead to the provider that reported it.
 */
export class ModelDirectory {
  readonly #router: Router;
  readonly #reported: ReadonlyMap<string, ReportedModels>;
  readonly #startedAt: number;

  constructor({ providers, router, limits, clock, logger }: DirectoryParts) {
    this.#router = router;
    this.#startedAt = Math.floor(clock.now() / 1000);
    const open = Object.entries(providers).flatMap(([id, provider]): [string, ReportedModels][] => {
      if (!limits || provider.models || !provider.listModels) return [];
      const listing = { listModels: provider.listModels.bind(provider) };
      return [[id, new ReportedModels(id, listing, limits, { clock, logger })]];
    });
    this.#reported = new Map(open);
  }

  /** What this caller may use, each name once. A provider that cannot be asked is no error. */
  async modelsFor(caller: Caller): Promise<readonly ModelEntry[]> {
    const entries = new Map<string, ModelEntry>();
    for (const { name, ownedBy } of this.#router.models(caller)) entries.set(name, this.#entryOf(name, ownedBy));
    if (caller.models?.every((name) => entries.has(name)) === true) return [...entries.values()];

    const lists = [...this.#reported].map(async ([id, reported]) => ({ id, models: await reported.models() }));
    for (const { id: providerId, models } of await Promise.all(lists)) {
      for (const { id: name, created } of models)
        if (!entries.has(name) && this.#leadsTo(providerId, name, caller))
          entries.set(name, this.#entryOf(name, providerId, created));
    }
    return [...entries.values()];
  }

  /** Asks no more; a question under way ends. */
  close(): void {
    for (const reported of this.#reported.values()) reported.close();
  }

  #entryOf(id: string, ownedBy: string, created: number = this.#startedAt): ModelEntry {
    return { id, object: 'model', created, owned_by: ownedBy };
  }

  #leadsTo(wanted: string, name: string, caller: Caller): boolean {
    if (caller.models && !caller.models.includes(name)) return false;
    try {
      return this.#router.route(questionFor(name), caller).some(({ providerId }) => providerId === wanted);
    } catch {
      return false; // The router says so by throwing.
    }
  }
}

/** A request as plain as can be. */
export function questionFor(model: string): RequestFacts {
  return { model, operation: 'chat', streamed: false, hasTools: false, metadata: {}, promptTokens: 0 };
}
