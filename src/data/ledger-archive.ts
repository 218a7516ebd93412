import { z } from 'zod';
import { isJsonObject } from '../openai/json.ts';
import type { StoredEntry } from '../ports/index.ts';
import { ARCHIVE_HEAD, archiveCount, type ArchiveKind } from './archive-kind.ts';

const schema = z.object({
  kind: z.literal('nexusai-hub archive'),
  ...ARCHIVE_HEAD,
  attempts: archiveCount,
  messages: archiveCount,
});

/** What is known of an archive of a ledger without opening it. It lies beside it, as JSON. */
export type ArchiveManifest = Readonly<z.output<typeof schema>>;

/** What was last of use long ago, out of a ledger. */
export const LEDGER_ARCHIVE: ArchiveKind<StoredEntry, ArchiveManifest> = {
  prefix: '',
  manifest: {
    schema,
    format: 1,
    words: { its: 'the archive', one: 'an archive', all: 'Archives', came: 'written' },
  },
  line: 'entry of a ledger',
  timeOf: ({ idleSinceMs }) => idleSinceMs,
  lineOf: (entry) => entry,
  entryOf: (line) => (isJsonObject(line) && isEntry(line) ? line : undefined),
  tally: () => {
    let [attempts, messages] = [0, 0];
    return {
      add({ attemptLines, messageLines }) {
        attempts += attemptLines.length;
        messages += messageLines.length;
      },
      manifest: (head) => ({ kind: 'nexusai-hub archive', ...head, attempts, messages }),
    };
  },
};

function isEntry(value: Record<string, unknown>): value is Record<string, unknown> & StoredEntry {
  const { entryId, idleSinceMs, conversation, attemptLines, messageLines } = value;
  return (
    typeof entryId === 'string' &&
    typeof idleSinceMs === 'number' &&
    (conversation === null || isJsonObject(conversation)) &&
    [attemptLines, messageLines].every((lines) => Array.isArray(lines) && lines.every(isJsonObject))
  );
}
