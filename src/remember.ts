import type { Account } from './attempt-accounts.ts';
import { answeringPlace } from './storage-kit/answering-attempt.ts';
import type { Parts } from './parts.ts';
import type { AssistantMessage, Caller, Session, Usage } from './ports/index.ts';
import { isPromise } from './defaults/is-promise.ts';

/** What of a visit its conversation has to do with. */
interface Visitor {
  readonly requestId: string;
  readonly caller: Caller | undefined;
  readonly session: Session | undefined;
  readonly responseId: string | undefined;
}

/**
 * Tells a conversation what was said in it. `account` is absent while that is being counted: it is told later then, by
 * {@link rememberCount}. A tracker that fails is logged, and fails nothing else.
 * @returns what is to be waited for until the answer can be gone on from, wherever that is kept.
 */
export function rememberAnswer(
  { requestId, caller, session, responseId }: Visitor,
  message: AssistantMessage | undefined,
  account: Account | undefined,
  parts: Parts,
): Promise<void> | undefined {
  const { sessions } = parts;
  if (!caller || !session || (!message && responseId === undefined)) return undefined;
  const usage = account && answeredWith(account);
  return harmless(requestId, parts, () => sessions.answered?.(session, caller, { message, usage, responseId }));
}

/** Tells it what that came to. */
export function rememberCount({ requestId, caller, session }: Visitor, account: Account, parts: Parts): void {
  const usage = answeredWith(account);
  if (caller && session && usage)
    void harmless(requestId, parts, () => parts.sessions.counted?.(session, caller, usage));
}

/** What the attempt that answered used, once; what others took is no part of the conversation. */
function answeredWith({ attempts, cached, usage }: Account): Usage | undefined {
  return cached ? usage : attempts[answeringPlace(attempts)]?.usage;
}

function harmless(requestId: string, parts: Parts, run: () => void | Promise<void>): Promise<void> | undefined {
  try {
    const pending = run();
    return pending && isPromise(pending) ? caught(pending, requestId, parts) : undefined;
  } catch (cause) {
    tell(cause, requestId, parts);
    return undefined;
  }
}

function caught(pending: Promise<void>, requestId: string, parts: Parts): Promise<void> {
  return Promise.resolve(pending).catch((cause: unknown) => {
    tell(cause, requestId, parts);
  });
}

function tell(cause: unknown, requestId: string, { logger }: Parts): void {
  logger.error({ requestId, cause }, 'the session tracker failed');
}
