import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all room that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  close(): void;
}

const PIECE = Buffer.alloc(4_096);

/**
 * Mounts one.
 * @param options of `mount`, such as `size=4m`.
 * @throws Error where this process may not.
 */
export function mountSmallDisk(options: string): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`A disk cannot be mounted: ${mounted.error?.message ?? mounted.stderr.trim()}`);
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      try {
        while (writeSync(file, PIECE) > 0);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    close() {
      // Whoever still has files open there keeps them until it closes them.
      spawnSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Whether this process may mount disks: as a rule in a container, and for the owner of the machine. */
export const canMount: boolean = mounts();

if (!canMount) process.stderr.write('SKIPPED: tests on a disk that is full: this process may not mount one.\n');

function mounts(): boolean {
  try {
    mountSmallDisk('size=64k').close();
    return true;
  } catch {
    return false;
  }
}
