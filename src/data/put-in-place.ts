import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Gives a file that was written under another name the name it is to have. After a crash, of the program or of the
 * machine, there is the whole of it under that name, or what was there before.
 */
export async function putInPlace(written: string, file: string): Promise<void> {
  await sync(written);
  await rename(written, file);
  await syncFolder(dirname(file));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Until its folder is on the disk, the name of a file is not. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
