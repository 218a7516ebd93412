import { createHash } from 'node:crypto';
import type { Price, PriceTable } from '../ports/price-table.ts';

/** What a model costs, in US dollars for a million tokens. */
export type PriceOptions = Omit<Price, 'version'>;

/** Prices by the name the provider knows; a name that ends in `*` stands for all that begin so. */
export type PricesByModel = Readonly<Record<string, PriceOptions>>;

/** What answers cost. */
export interface PricesOptions<Id extends string = string> {
  /** Which prices these are, for records. @default a hash of the prices: the same where they are the same */
  readonly version?: string | undefined;
  readonly models?: PricesByModel | undefined;
  /** Prices of one provider, which come before those of all. */
  readonly byProvider?: Readonly<Partial<Record<Id, PricesByModel>>> | undefined;
}

/** The prices an owner has set: a provider's own before those of all, the exact name before the longest beginning. */
export function ownersPrices(options: PricesOptions): PriceTable {
  const { models = {}, byProvider = {} } = options;
  const version = options.version ?? hashOf({ models, byProvider });
  const ofAll = new PriceList(models, version);
  const ofOne = new Map(
    Object.entries(byProvider).map(([id, prices]) => [id, new PriceList(prices ?? {}, version)] as const),
  );
  return {
    priceOf: ({ providerId, model }) => ofOne.get(providerId)?.find(model) ?? ofAll.find(model),
  };
}

/** Takes the same time however many prices there are. */
class PriceList {
  readonly #exact = new Map<string, Price>();
  readonly #beginnings = new Map<string, Price>();
  /** Lengths of the beginnings, longest first. */
  readonly #lengths: readonly number[];

  constructor(prices: PricesByModel, version: string) {
    for (const [name, price] of Object.entries(prices)) {
      if (name.endsWith('*')) this.#beginnings.set(name.slice(0, -1), { ...price, version });
      else this.#exact.set(name, { ...price, version });
    }
    this.#lengths = [...new Set([...this.#beginnings.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  }

  find(model: string): Price | undefined {
    const exact = this.#exact.get(model);
    if (exact) return exact;
    for (const length of this.#lengths) {
      const price = length <= model.length ? this.#beginnings.get(model.slice(0, length)) : undefined;
      if (price) return price;
    }
    return undefined;
  }
}

/** The same for the same prices, in whatever order they are written down. */
function hashOf(prices: object): string {
  return createHash('sha256').update(JSON.stringify(prices, inOrder)).digest('hex').slice(0, 12);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
