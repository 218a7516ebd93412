import { NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import type { Caller } from './ports/index.ts';

/** The conversations of a caller, as it, or who may change all, changes them. Whose they are is the caller's own unless told. */
export interface ConversationControl {
  /**
   * Ends one: no request goes on from it.
   * @throws NexusError `not_found`, `operation_unsupported`, `storage_failed`; `forbidden` for those of others, unless
   * the caller may change all.
   */
  end(id: string, callerId?: string): Promise<void>;
  /** Makes `from` a part of another one. Throws as `end` does, and `request_invalid` for one with itself. */
  merge(into: string, from: string, callerId?: string): Promise<void>;
  /** Makes a new one of what was said after the first `at` messages, and returns its id. Throws as `end` does. */
  split(id: string, at: number, callerId?: string): Promise<string>;
}

/** The conversations for a caller that may change its own. */
export function conversationControlFor(caller: Caller, { sessions, roles, logger }: Parts): ConversationControl {
  const ownerOf = (callerId: string = caller.id): string => {
    if (callerId !== caller.id) roles.check(caller, 'conversations.write_all');
    return callerId;
  };
  const changed = (what: string, id: string, owner: string): void => {
    logger.info({ conversation: id, owner, callerId: caller.id }, `a conversation was ${what}`);
  };
  return {
    async end(id, callerId) {
      const owner = ownerOf(callerId);
      if (!sessions.end) throw unsupported();
      if (!(await kept(sessions.end(owner, id)))) throw notFound();
      changed('ended', id, owner);
    },
    async merge(into, from, callerId) {
      const owner = ownerOf(callerId);
      if (!sessions.merge) throw unsupported();
      if (into === from)
        throw new NexusError('request_invalid', 'A conversation cannot be merged with itself.', { param: 'from' });
      if (!(await kept(sessions.merge(owner, into, from)))) throw notFound();
      changed('merged', into, owner);
    },
    async split(id, at, callerId) {
      const owner = ownerOf(callerId);
      if (!sessions.split) throw unsupported();
      if (!Number.isSafeInteger(at) || at < 0)
        throw new NexusError('request_invalid', 'at must be a whole number of messages, 0 or more.', { param: 'at' });
      const made = await kept(sessions.split(owner, id, at));
      if (made === undefined) throw notFound();
      changed('split', id, owner);
      return made;
    },
  };
}

async function kept<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (cause) {
    throw new NexusError('storage_failed', 'Conversations cannot be changed: their store does not answer.', {}, cause);
  }
}

function notFound(): NexusError {
  return new NexusError(
    'not_found',
    'There is no such conversation: it is over, was never there, or is another caller’s.',
  );
}

function unsupported(): NexusError {
  return new NexusError(
    'operation_unsupported',
    'The session tracker of this hub has conversations that cannot be changed.',
  );
}
