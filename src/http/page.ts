import { NexusError } from '../errors.ts';

/** Entries of a page, unless asked for otherwise, and at most. */
const PAGE = { usual: 100, most: 1_000 };

/** A part of a list, in OpenAI's shape. */
export interface Page<Item> {
  readonly object: 'list';
  readonly data: readonly Item[];
  /** Whether more follow: ask again with `after` and the id of the last. */
  readonly has_more: boolean;
}

/**
 * The page a query asks for by `after` (an id) and `limit`. `items` stand in the order of their ids; the one that is
 * named need not be there any more.
 * @throws NexusError `request_invalid`
 */
export function pageOf<Item extends { readonly id: string }>(items: readonly Item[], query: string): Page<Item> {
  const asked = new URLSearchParams(query);
  const limit = limitIn(asked.get('limit'));
  const after = asked.get('after');
  const rest = after === null ? items : items.filter(({ id }) => id > after);
  return { object: 'list', data: rest.slice(0, limit), has_more: rest.length > limit };
}

function limitIn(text: string | null): number {
  if (text === null) return PAGE.usual;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE.most) return limit;
  throw new NexusError('request_invalid', `"limit" must be a whole number from 1 to ${String(PAGE.most)}.`, {
    param: 'limit',
  });
}
