import { NexusError } from '../errors.ts';
import { isJsonObject } from '../openai/json.ts';
import type { JsonObject } from '../openai/types.ts';
import type { ModelInfo } from '../ports/index.ts';
import type { UpstreamResponse } from './exchange.ts';
import { readJson, type ReadContext } from './read-json.ts';

/** Pages of one list that are asked for at most. */
const MAX_PAGES = 100;

/** One page of a provider's list of models. */
export interface ModelPage {
  readonly models: readonly ModelInfo[];
  /** Where the next page begins, in the provider's words. Absent: there is none. */
  readonly next?: string | undefined;
}

/**
 * The objects of a list a provider answered with: the member of this name, or the whole answer where it is a list.
 * @throws NexusError as `readJson` does, and `malformed_response` when there is no list.
 */
export async function readList(
  response: UpstreamResponse,
  member: string,
  context: ReadContext,
): Promise<{ readonly items: readonly JsonObject[]; readonly answer: JsonObject }> {
  const { value } = await readJson(response, context);
  const answer = isJsonObject(value) ? value : {};
  const list: unknown = Array.isArray(value) ? value : answer[member];
  if (Array.isArray(list)) return { items: list.filter(isJsonObject), answer };
  throw new NexusError('malformed_response', `The provider's answer has no list "${member}".`);
}

/**
 * A list of models as OpenAI's family has it: `{ data: [{ id, created }] }`. A list alone is taken, too.
 * @throws NexusError as `readList` does
 */
export async function readModels(response: UpstreamResponse, context: ReadContext): Promise<readonly ModelInfo[]> {
  const { items } = await readList(response, 'data', context);
  return items.flatMap(({ id, created }) =>
    typeof id === 'string' ? [{ id, ...(typeof created === 'number' ? { created: Math.floor(created) } : {}) }] : [],
  );
}

/**
 * All pages of a list, one after the other. It ends also where the provider never does: at a page it has had, or after
 * so many.
 */
export async function allModels(
  pageAt: (cursor: string | undefined) => Promise<ModelPage>,
): Promise<readonly ModelInfo[]> {
  const models: ModelInfo[] = [];
  const seen = new Set<string | undefined>();
  let cursor: string | undefined;
  do {
    seen.add(cursor);
    const page = await pageAt(cursor);
    models.push(...page.models);
    cursor = page.next === '' ? undefined : page.next;
  } while (cursor !== undefined && !seen.has(cursor) && seen.size < MAX_PAGES);
  return models;
}
