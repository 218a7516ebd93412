import type { AuditLink, AuditLog } from '../ports/audit-log.ts';
import { CHAIN_START } from '../storage-kit/audit-chain.ts';
import { NexusError } from '../errors.ts';
import type { WrittenArchive } from './archive-kind.ts';
import { AUDIT_ARCHIVE, type AuditArchiveManifest } from './audit-archive.ts';
import { readArchive } from './read-archive.ts';
import { wholeArchive } from './verify-archive.ts';
import { brokenAt, type BrokenLink, changedAt, missingAt, outOfOrderAt } from './verify-chain.ts';

/** What came of looking at archives of an audit log. */
export interface ArchivedChainReport {
  /** Undefined: every link holds. `file`: where it stands. */
  readonly broken: (BrokenLink & { readonly file: string | undefined }) | undefined;
  /** Entries whose links hold. */
  readonly checked: number;
  /** What the first of them follows. */
  readonly from: AuditLink;
  /** The last one whose link holds. */
  readonly to: AuditLink;
}

/** What archives of an audit log are held against. */
export interface ArchivedChainAgainst {
  /** The log they were taken out of, which has to go on where they end. */
  readonly log?: Pick<AuditLog, 'after' | 'head'> | undefined;
  /** A link that somebody noted earlier, elsewhere. Where it is in the archives it must still stand there. */
  readonly expect?: AuditLink | undefined;
}

type Archive = WrittenArchive<AuditArchiveManifest>;

/**
 * Looks at each link of archives of one audit log, in whatever order they are given, and tells of the first that does not
 * hold: within a file, from one to the next, and to the log. Holds one entry at a time. Files may overlap, as they do
 * where two machines have archived the same, as long as they say the same.
 * @throws NexusError `file_damaged` of a file that is not as its manifest says; `storage_failed`, `not_found`
 */
export async function verifyAuditArchives(
  files: readonly string[],
  { log, expect }: ArchivedChainAgainst = {},
): Promise<ArchivedChainReport> {
  const archives: Archive[] = [];
  for (const file of files) archives.push({ file, manifest: await wholeArchive(file, AUDIT_ARCHIVE) });
  archives.sort(byPlace);
  const [first] = archives;
  if (!first) throw new NexusError('not_found', 'There is no archive to look at.');
  const from = first.manifest.after;
  if (expect && expect.sequence < from.sequence)
    throw new NexusError('not_found', 'The entry that was noted is older than these archives.');
  const checkpoint = (await log?.head())?.checkpoint;
  const walk = new Walk(from, [CHAIN_START, checkpoint, expect].filter((link) => link !== undefined));
  // Where one ends another begins; whatever else has that entry has to say the same.
  for (const { manifest } of archives) walk.expects(manifest.after, manifest.last);
  for (const archive of archives) if (!(await walk.passes(archive))) break;
  if (!walk.broken && log && checkpoint) await walk.reaches(checkpoint, log);
  return { broken: walk.broken, checked: walk.last.sequence - from.sequence, from, to: walk.last };
}

/** By where they begin; of those that begin at the same place the shorter one is first. */
function byPlace({ manifest: one }: Archive, { manifest: other }: Archive): number {
  return one.after.sequence - other.after.sequence || one.entries - other.entries;
}

/** Goes along a chain, file by file. */
class Walk {
  broken: ArchivedChainReport['broken'];
  /** As far as every link holds. */
  last: AuditLink;
  readonly #marks = new Map<number, string>();

  constructor(from: AuditLink, known: readonly AuditLink[]) {
    this.last = from;
    this.expects(...known, from);
  }

  /** The hashes that have to stand at these places. Of two for one place the first counts, and the other is found out. */
  expects(...links: readonly AuditLink[]): void {
    for (const { sequence, hash } of links) if (!this.#marks.has(sequence)) this.#marks.set(sequence, hash);
  }

  /** False: it is broken there. */
  async passes({ file, manifest }: Archive): Promise<boolean> {
    const { after, last: end, entries } = manifest;
    let last: AuditLink = after;
    if (after.sequence > this.last.sequence) return this.#breaks(missingAt(this.last.sequence + 1), undefined);
    if (!this.#fits(after)) return this.#breaks(outOfOrderAt(after.sequence + 1), file);
    let found = 0;
    for await (const entry of readArchive(file, AUDIT_ARCHIVE)) {
      const broken = brokenAt(entry, last);
      if (broken) return this.#breaks(broken, file);
      last = { sequence: entry.sequence, hash: entry.hash };
      if (!this.#fits(last)) return this.#breaks(changedAt(last.sequence, 'has another hash than it should'), file);
      if (last.sequence > this.last.sequence) this.last = last;
      found++;
    }
    if (found === entries && last.hash === end.hash) return true;
    return this.#breaks(missingAt(last.sequence + 1), file);
  }

  /** The log has to go on from here; what it has not taken out yet it has, too. */
  async reaches(checkpoint: AuditLink, log: Pick<AuditLog, 'after'>): Promise<void> {
    if (checkpoint.sequence > this.last.sequence) this.#breaks(missingAt(this.last.sequence + 1), undefined);
    if (checkpoint.sequence >= this.last.sequence) return;
    const [entry] = await log.after(this.last.sequence - 1, 1);
    if (entry?.sequence === this.last.sequence && entry.hash === this.last.hash) return;
    this.#breaks(changedAt(this.last.sequence, 'has another hash in the log'), undefined);
  }

  #fits({ sequence, hash }: AuditLink): boolean {
    const expected = this.#marks.get(sequence);
    return expected === undefined || expected === hash;
  }

  #breaks(broken: BrokenLink, file: string | undefined): false {
    this.broken = { ...broken, file };
    return false;
  }
}
