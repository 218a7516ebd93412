import type { Caller, RequestRecord, Session } from './ports/index.ts';

/** What a visit knows of its request from the beginning. */
interface Recorded extends Pick<RequestRecord, 'requestId' | 'model' | 'streamed' | 'startedAtMs'> {
  readonly caller: Caller | undefined;
  readonly session: Session | undefined;
  readonly firstContentMs: number | undefined;
}

/** What is known of it at its end. */
type Ended = Omit<
  RequestRecord,
  keyof Recorded | 'callerId' | 'conversationId' | 'newConversation' | 'conversationMatchedBy' | 'conversationScore'
>;

/** The record a request leaves. */
export function recordOf(visit: Recorded, ended: Ended): RequestRecord {
  const { requestId, model, streamed, caller, session, startedAtMs, firstContentMs } = visit;
  return {
    requestId,
    model,
    streamed,
    callerId: caller?.id,
    conversationId: session?.id,
    newConversation: session?.isNew ?? false,
    conversationMatchedBy: session?.matchedBy,
    conversationScore: session?.score,
    startedAtMs,
    firstContentMs,
    ...ended,
  };
}
