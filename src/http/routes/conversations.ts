import { NexusError } from '../../errors.ts';
import { MOST_CONVERSATIONS, MOST_MESSAGES } from '../../ledger-query.ts';
import type { ConversationQuery } from '../../ports/index.ts';
import type { Views } from '../../views.ts';
import { answerJson } from '../answer-json.ts';
import { conversationBody, historyBody } from '../conversation-bodies.ts';
import { cursorOf, isCursor, placeOfCursor } from '../cursor.ts';
import { FILTER_NAMES, Query } from '../query.ts';
import type { Run } from './route.ts';

/** Conversations of a page, unless asked for otherwise. */
const USUAL = 20;
/** As far as one can turn pages in one. */
const LAST_MESSAGE = 999_999;

/** `GET /conversations`: a page of them, those with the latest request first. */
export const listConversations: Run = async (exchange, { gateway, requestId }) => {
  const { views } = gateway;
  const query = new Query(exchange.query, ['q', 'after', 'limit', ...FILTER_NAMES]);
  const { data, hasMore } = await views.conversations({
    ...query.filter(),
    search: query.text('q'),
    after: await placeIn(query, views),
    limit: query.count('limit', MOST_CONVERSATIONS) ?? USUAL,
  });
  const last = data.at(-1);
  const next = hasMore && last ? cursorOf(last) : null;
  answerJson(exchange, { object: 'list', data: data.map(conversationBody), has_more: hasMore, next }, requestId);
};

/** `GET /conversations/{id}`: with what was said in it, page by page. Ids may hold slashes, encoded or not. */
export const oneConversation: Run = async (exchange, { gateway, requestId }) => {
  const { views } = gateway;
  const id = decoded(exchange.path.slice('/conversations/'.length));
  const query = new Query(exchange.query, ['caller', 'after', 'limit']);
  const skip = query.count('after', LAST_MESSAGE) ?? 0;
  const part = { skip, limit: query.count('limit', MOST_MESSAGES) };
  const conversation = await views.conversation(id, query.text('caller'), part);
  answerJson(exchange, historyBody(conversation, skip), requestId);
};

/** `next` of the page before, or the id of its last conversation, as OpenAI's lists have it. */
async function placeIn(query: Query, views: Views): Promise<ConversationQuery['after']> {
  const after = query.text('after');
  if (after === undefined) return undefined;
  if (isCursor(after)) return placeOfCursor(after);
  return views.conversation(after, query.text('caller'), { limit: 1 });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NexusError('request_invalid', 'The id of the conversation is not encoded as a part of a path.');
  }
}
