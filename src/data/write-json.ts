import { writeFile } from 'node:fs/promises';
import { putInPlace } from './put-in-place.ts';

/** Writes a file of JSON, for its owner alone: the whole of it, or what was there stays. */
export async function writeJson(file: string, value: object): Promise<void> {
  const written = `${file}.tmp`;
  await writeFile(written, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await putInPlace(written, file);
}
