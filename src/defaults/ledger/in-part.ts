import type { AttemptLine, LedgerFilter } from '../../ports/index.ts';
import type { KeptConversation, KeptEntry } from './kept-entries.ts';

/** Whether an attempt belongs to a part. */
export function isLineIn(line: AttemptLine, filter: LedgerFilter): boolean {
  return isTimeIn(line.startedAtMs, filter) && isOf(line, filter);
}

/** Whether the messages of an entry belong to a part. */
export function areMessagesIn(entry: KeptEntry, filter: LedgerFilter): boolean {
  return isTimeIn(entry.atMs, filter) && isOf(entry, filter);
}

/** Whether a conversation belongs to a part. */
export function isConversationIn({ entries }: KeptConversation, filter: LedgerFilter): boolean {
  const { fromMs = -Infinity, toMs = Infinity, callerId, model, providerId } = filter;
  const times = entries.map(({ atMs }) => atMs);
  return (
    fromMs < toMs &&
    Math.max(...times) >= fromMs &&
    Math.min(...times) < toMs &&
    (callerId === undefined || entries[0]?.callerId === callerId) &&
    (model === undefined || entries.some((entry) => entry.model === model)) &&
    (providerId === undefined || entries.some(({ lines }) => lines.some((line) => line.providerId === providerId)))
  );
}

function isTimeIn(ms: number, { fromMs = -Infinity, toMs = Infinity }: LedgerFilter): boolean {
  return ms >= fromMs && ms < toMs;
}

function isOf(
  one: Pick<AttemptLine, 'callerId' | 'model' | 'providerId'>,
  { callerId, model, providerId }: LedgerFilter,
): boolean {
  return (
    (callerId === undefined || one.callerId === callerId) &&
    (model === undefined || one.model === model) &&
    (providerId === undefined || one.providerId === providerId)
  );
}
