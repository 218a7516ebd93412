import type { JsonObject } from 'nexusai-hub/ports';
import {
  isJsonObject,
  type ModelPage,
  NexusError,
  type ReadContext,
  readJson,
  type UpstreamResponse,
} from 'nexusai-hub/provider-kit';

/** Most models a page has. */
const PAGE_SIZE = 1000;

/** What a model has to be able to do to be of use here. */
const METHODS: readonly unknown[] = ['generateContent', 'embedContent', 'batchEmbedContents'];

/** Where the page of this token is. */
export function pathOfPage(token: string | undefined): string {
  return `/models?pageSize=${PAGE_SIZE}${token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`}`;
}

/**
 * A page of `GET /v1beta/models` (providers.md section 9): names lose their `models/`, which requests do without as well.
 * Models that neither chat nor embed are left out.
 * @throws NexusError as `readJson` does, and `malformed_response` for what is no page
 */
export async function modelPage(response: UpstreamResponse, context: ReadContext): Promise<ModelPage> {
  const { value } = await readJson(response, context);
  // Google leaves an empty list out.
  const { models: list = [], nextPageToken: next } = isJsonObject(value) ? value : { models: value };
  if (!Array.isArray(list)) throw new NexusError('malformed_response', "The provider's answer has no list of models.");
  const models = list
    .filter(isJsonObject)
    .filter(isOfUse)
    .flatMap(({ name }) => (typeof name === 'string' ? [{ id: bareName(name) }] : []));
  return { models, next: typeof next === 'string' ? next : undefined };
}

function isOfUse({ supportedGenerationMethods: methods }: JsonObject): boolean {
  return !Array.isArray(methods) || methods.some((method) => METHODS.includes(method));
}

function bareName(name: string): string {
  return name.replace(/^models\//, '');
}
