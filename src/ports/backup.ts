/** What whoever asks for something long hands along. */
export interface BackupContext {
  /** Ends the work. What was written of the copy is of no use then, and whoever asked removes it. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how far it has got, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What a copy says of itself. */
export interface BackupFacts {
  /** The version of its tables; 0 where it has none. */
  readonly schemaVersion: number;
}

/** How a copy is put back. */
export interface RestoreOptions extends BackupContext {
  /** Replace what is there, though it is not empty. What was there is kept aside. */
  readonly force?: boolean | undefined;
}

/** What became of a restore. */
export interface RestoreReport {
  /** Where that is kept which was there before. Absent: nothing was. */
  readonly keptAside?: string | undefined;
}

/**
 * Copies a database, tells whether a copy is whole, and puts one back.
 *
 * It is the bare thing: the hub brings the discipline. It names files, checks and sums up each copy before it counts as
 * one, sees to it that there is room, keeps as many as it is told, and makes one at a time. What a verb rejects with says
 * in its message what is wrong and how to mend it: its owner reads it. No password is in it.
 */
export interface DatabaseBackup {
  /** Which kind of database: its copies fit no other. */
  readonly kind: string;
  /** What the names of its copies end in, without the dot. */
  readonly extension: string;
  /** Roughly how many bytes a copy will have. Absent: nobody looks whether there is room before it is made. */
  size?(): Promise<number>;
  /** Copies all of it, as it is at one moment, into a file that is not there yet, while others go on writing. */
  create(file: string, context: BackupContext): Promise<void>;
  /** Reads a whole copy. Rejects where it is damaged, or of a newer version of this package. */
  check(file: string, context: BackupContext): Promise<BackupFacts>;
  /**
   * Puts a copy that was checked in the place of what is there: all of it, or nothing is changed. Rejects while somebody
   * uses the database, and where it is not empty unless it is forced.
   */
  restore(file: string, options: RestoreOptions): Promise<RestoreReport>;
}
