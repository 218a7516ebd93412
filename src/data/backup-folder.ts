import { chmod, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { NexusError } from '../errors.ts';
import type { DatabaseBackup } from '../ports/index.ts';
import { BACKUP_KIND, type BackupManifest, backupManifestFile, readBackupManifest } from './backup-manifest.ts';
import { checksumOf } from './checksum.ts';
import { putInPlace } from './put-in-place.ts';
import { storageError } from './storage-error.ts';
import { verifyBackup } from './verify-backup.ts';
import { writeJson } from './write-json.ts';

/** A backup that is in a folder. */
export interface Backup {
  /** Its name in the folder. */
  readonly name: string;
  /** Which kind of database it is of. */
  readonly database: string;
  readonly schemaVersion: number;
  readonly createdAtMs: number;
  readonly bytes: number;
  readonly sha256: string;
  /** When all of it was last read and found to be right. */
  readonly verifiedAtMs: number;
  /** What was found to be wrong with it since then. `null`: nothing. */
  readonly problem: string | null;
}

/** What is done for a backup: it is copied, and then read again. */
export type BackupStep = 'copy' | 'check';

/** What whoever asks for a backup hands along. */
export interface CreateBackup {
  readonly signal?: AbortSignal | undefined;
  /** Is told how far a step has got, from 0 to 1. */
  readonly onProgress?: ((step: BackupStep, share: number) => void) | undefined;
}

/** Names are times, so that they sort, and nothing else is ever looked for in the folder. */
const NAME = /^nexus-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z\.[a-z\d]+$/;
/** What is left of a copy that nobody has written to for so long is nobody's. */
const STALE_MS = 3_600_000;
/** A copy may be somewhat larger than was thought; and the database itself needs room to go on. */
const ROOM = 1.2;

/** A folder with backups of one database. */
export class BackupFolder {
  readonly #database: DatabaseBackup;
  readonly #folder: string;
  readonly #now: () => number;

  constructor(database: DatabaseBackup, folder: string, now: () => number = Date.now) {
    this.#database = database;
    this.#folder = folder;
    this.#now = now;
  }

  /**
   * Makes a backup. It is there when it was read again as a whole and is on the disk, or not at all.
   * @throws NexusError `storage_failed`; what the signal says.
   */
  async create({ signal, onProgress }: CreateBackup = {}): Promise<Backup> {
    const at = new Date(this.#now()).toISOString();
    const name = `nexus-${at.replace(/[:.]/g, '-')}.${this.#database.extension}`;
    const file = join(this.#folder, name);
    const copy = `${file}.tmp`;
    const context = (step: BackupStep) => ({ signal, onProgress: (share: number) => onProgress?.(step, share) });
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#removeStale();
      await this.#checkRoom();
      await this.#database.create(copy, context('copy'));
      // It holds what people said.
      await chmod(copy, 0o600);
      const { schemaVersion } = await this.#database.check(copy, context('check'));
      const sum = await checksumOf(copy, signal);
      const database = this.#database.kind;
      const made = { file: name, database, schemaVersion, ...sum, createdAt: at };
      const manifest = { ...BACKUP_KIND, ...made, verifiedAt: new Date(this.#now()).toISOString(), problem: null };
      await writeJson(backupManifestFile(file), manifest);
      await putInPlace(copy, file);
      return backupOf(manifest);
    } catch (cause) {
      await rm(copy, { force: true }).catch(() => undefined);
      signal?.throwIfAborted();
      throw storageError(`The backup in "${this.#folder}" could not be made`, cause);
    }
  }

  /**
   * All there are, the newest first.
   * @throws NexusError `storage_failed`
   */
  async list(): Promise<readonly Backup[]> {
    const names = await readdir(this.#folder).catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [] as string[];
      throw storageError(`The backups in "${this.#folder}" cannot be read`, cause);
    });
    const found = names.filter((name) => NAME.test(name) && names.includes(backupManifestFile(name)));
    const manifests = await Promise.all(
      // One whose manifest is damaged is none; "verify" says so where somebody asks for it.
      found.map((name) => readBackupManifest(join(this.#folder, name)).catch(() => undefined)),
    );
    const backups = manifests.filter((manifest) => manifest !== undefined).map(backupOf);
    return backups.sort((one, other) => (one.name < other.name ? 1 : -1));
  }

  /**
   * Reads a whole backup again. What is wrong with it is told, and remembered.
   * @throws NexusError `not_found`, `storage_failed`
   */
  async verify(name: string, signal?: AbortSignal): Promise<Backup> {
    const file = await this.#fileOf(name);
    const manifest = await readBackupManifest(file);
    const found = await verifyBackup(this.#database, file, { signal }).then(
      () => ({ verifiedAt: new Date(this.#now()).toISOString(), problem: null }),
      (cause: unknown) => {
        if (cause instanceof NexusError && cause.code === 'file_damaged') return { problem: cause.message };
        throw cause;
      },
    );
    const checked = { ...manifest, ...found };
    await writeJson(backupManifestFile(file), checked).catch((cause: unknown) => {
      throw storageError(`What was found about "${file}" cannot be written down`, cause);
    });
    return backupOf(checked);
  }

  /** Removes all but the newest ones that are right. Those that are not are removed with the ones of their time. */
  async prune(keep: number): Promise<void> {
    const backups = await this.list();
    const oldest = backups.filter(({ problem }) => problem === null)[keep - 1];
    if (!oldest) return;
    for (const { name } of backups.filter((backup) => backup.name < oldest.name)) {
      const file = join(this.#folder, name);
      // A manifest alone says nothing; a backup alone would stay for ever.
      await rm(file, { force: true });
      await rm(backupManifestFile(file), { force: true });
    }
  }

  /** A name leads to a file of the folder, whatever it is. */
  async #fileOf(name: string): Promise<string> {
    const isThere = NAME.test(name) && (await readdir(this.#folder).catch(() => [] as string[])).includes(name);
    if (isThere) return join(this.#folder, name);
    throw new NexusError('not_found', 'There is no such backup. The list of backups names those that there are.');
  }

  async #removeStale(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith('.tmp') || !NAME.test(name.replace(/(\.manifest\.json)?\.tmp$/, ''))) continue;
      const file = join(this.#folder, name);
      const found = await stat(file).catch(() => undefined);
      // By the clock of the file system, which is the machine's.
      if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(file, { force: true });
    }
  }

  /** A copy that fills the disk takes from the database what it needs to go on. */
  async #checkRoom(): Promise<void> {
    const needed = await this.#database.size?.();
    if (needed === undefined) return;
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize >= needed * ROOM) return;
    const reason = `a copy takes about ${inMegabytes(needed)} MB, and ${inMegabytes(bavail * bsize)} MB are free. Make room`;
    throw Object.assign(new Error(`no room is left on its disk: ${reason}`), { code: 'full' });
  }
}

function inMegabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

function backupOf(manifest: BackupManifest): Backup {
  const { file: name, database, schemaVersion, bytes, sha256, createdAt, verifiedAt, problem } = manifest;
  const times = { createdAtMs: Date.parse(createdAt), verifiedAtMs: Date.parse(verifiedAt) };
  return { name, database, schemaVersion, bytes, sha256, ...times, problem };
}
