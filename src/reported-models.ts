import { NexusError } from './errors.ts';
import { isJsonObject } from './openai/json.ts';
import { MAX_MODEL_LENGTH } from './openai/schemas.ts';
import type { Clock, Logger, ModelInfo, Provider, ProviderContext } from './ports/index.ts';

/** More names than any server has; a list that grew over it is cut. */
const MAX_MODELS = 10_000;
/** How soon a provider that could not be asked is asked again, at the latest. */
const RETRY_MS = 30_000;

/** How providers are asked for their models; durations in milliseconds. */
export interface ModelListLimits {
  /** How long a list is kept. */
  readonly cacheMs: number;
  /** How long a provider may take to tell its list. */
  readonly timeoutMs: number;
}

/** A provider that can be asked for its models. */
export type ListingProvider = Required<Pick<Provider, 'listModels'>>;

/** A question under way. */
interface Question {
  readonly done: Promise<void>;
  /** Ends it now. */
  readonly giveUp: (error: NexusError) => void;
}

/**
 * The models one provider reports: asked for when somebody wants to know, by one call however many wait, and kept. Where
 * it cannot be asked the last list stands; that is logged when it begins and when it is over.
 */
export class ReportedModels {
  readonly #id: string;
  readonly #provider: ListingProvider;
  readonly #limits: ModelListLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: readonly ModelInfo[] = [];
  #keptUntilMs = -Infinity;
  #question: Question | undefined;
  #isFailing = false;
  #isClosed = false;

  constructor(
    id: string,
    provider: ListingProvider,
    limits: ModelListLimits,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#id = id;
    this.#provider = provider;
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** What it last reported, at most `cacheMs` old where it can be asked. Never rejects. */
  async models(): Promise<readonly ModelInfo[]> {
    if (!this.#isClosed && this.#clock.elapsed() >= this.#keptUntilMs) {
      this.#question ??= this.#ask();
      await this.#question.done;
    }
    return this.#known;
  }

  /** Lets go of a question under way, and asks no more. */
  close(): void {
    this.#isClosed = true;
    this.#question?.giveUp(new NexusError('closing', 'The hub shuts down.'));
  }

  #ask(): Question {
    const controller = new AbortController();
    let giveUp: (error: NexusError) => void = () => {};
    const givenUp = new Promise<never>((_resolve, reject) => {
      giveUp = (error) => {
        reject(error);
        controller.abort(error);
      };
    });
    return { done: this.#keep(Promise.race([this.#told(controller.signal), givenUp]), giveUp), giveUp };
  }

  /** Asynchronous also where the provider throws at once. */
  async #told(signal: AbortSignal): Promise<readonly ModelInfo[]> {
    const context: ProviderContext = {
      signal,
      requestId: 'models',
      heartbeat: () => {},
      clock: this.#clock,
      logger: this.#logger,
    };
    return tidied(await this.#provider.listModels(context));
  }

  async #keep(told: Promise<readonly ModelInfo[]>, giveUp: Question['giveUp']): Promise<void> {
    const { cacheMs, timeoutMs } = this.#limits;
    const timer = this.#clock.schedule(timeoutMs, () => {
      giveUp(new NexusError('total_timeout', `The provider did not tell its models within ${timeoutMs} ms.`));
    });
    try {
      this.#known = await told;
      this.#keptUntilMs = this.#clock.elapsed() + cacheMs;
      if (this.#isFailing) this.#logger.info({ provider: this.#id }, 'a provider tells its models again');
      this.#isFailing = false;
    } catch (cause) {
      this.#keptUntilMs = this.#clock.elapsed() + Math.min(cacheMs, RETRY_MS);
      if (!this.#isFailing && !this.#isClosed)
        this.#logger.warn({ provider: this.#id, cause }, 'a provider could not be asked for its models');
      this.#isFailing = true;
    } finally {
      timer.cancel();
      this.#question = undefined;
    }
  }
}

/** Names that can be asked for, each once. Providers do not always keep what their types promise. */
function tidied(models: unknown): ModelInfo[] {
  if (!Array.isArray(models)) throw new TypeError('listModels resolved with something else than a list.');
  const byId = new Map<string, ModelInfo>();
  for (const { id, created } of models.filter(isJsonObject)) {
    if (typeof id !== 'string' || id === '' || id.length > MAX_MODEL_LENGTH || byId.has(id)) continue;
    byId.set(id, { id, ...(isWhole(created) ? { created } : {}) });
    if (byId.size === MAX_MODELS) break;
  }
  return [...byId.values()];
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
