import type { Gateway } from './gateway.ts';
import type { ModelEntry } from './ports/index.ts';

/** A list of models, in the shape of the OpenAI SDK's pages: iterated with `for await`, or read from `data`. */
export class ModelList implements AsyncIterable<ModelEntry> {
  readonly object = 'list' as const;
  readonly data: readonly ModelEntry[];

  constructor(data: readonly ModelEntry[]) {
    this.data = data;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ModelEntry, void, undefined> {
    yield* this.data;
  }
}

/** `hub.models`, in the shape of the OpenAI SDK. */
export class Models {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * All models this program may use: `for await (const { id } of await hub.models.list())`.
   * @throws NexusError
   */
  async list(): Promise<ModelList> {
    const caller = await this.#gateway.authorize({ via: 'process' }, 'models.read');
    return new ModelList(await this.#gateway.listModels(caller));
  }
}
