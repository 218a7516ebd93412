import { type ModelPage, type ReadContext, readList, type UpstreamResponse } from 'nexusai-hub/provider-kit';

/** Most models a page has. */
const PAGE_SIZE = 1000;

/** Where the page is that comes after this model. */
export function pathOfPage(after: string | undefined): string {
  return `/models?limit=${PAGE_SIZE}${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`;
}

/**
 * A page of `GET /v1/models` (providers.md section 8).
 * @throws NexusError as `readList` does
 */
export async function modelPage(response: UpstreamResponse, context: ReadContext): Promise<ModelPage> {
  const { items, answer } = await readList(response, 'data', context);
  const { has_more: hasMore, last_id: last } = answer;
  const models = items.flatMap(({ id, created_at: madeAt }) => {
    const madeMs = typeof madeAt === 'string' ? Date.parse(madeAt) : NaN;
    return typeof id === 'string' ? [{ id, ...(madeMs > 0 ? { created: Math.floor(madeMs / 1000) } : {}) }] : [];
  });
  return { models, next: hasMore === true && typeof last === 'string' ? last : undefined };
}
