import type { LedgerEntry } from 'nexusai-hub/ports';

/** What no database holds, or gives back as it was: the character 0, and halves of characters. */
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * An entry whose texts come back as they go in: rows are found by them. Those that callers choose may hold anything; what
 * cannot be kept becomes U+FFFD.
 */
export function storable(entry: LedgerEntry): LedgerEntry {
  const { requestId, callerId, conversationId, model } = entry.record;
  if ([requestId, callerId, conversationId, model].every((text) => text === undefined || clean(text) === text))
    return entry;
  const record = {
    ...entry.record,
    requestId: clean(requestId),
    callerId: callerId === undefined ? undefined : clean(callerId),
    conversationId: conversationId === undefined ? undefined : clean(conversationId),
    model: clean(model),
  };
  return { ...entry, record };
}

function clean(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}
