import { isDeepStrictEqual } from 'node:util';
import { unwatchFile, watchFile } from 'node:fs';
import { readConfigFile } from './config-file.ts';
import { changingSections, startingSections } from './document.ts';
import type { Plan, Setup } from './setup.ts';

/** A file is looked at so often: a second later at the latest what it says is in force. */
const LOOK_EVERY_MS = 500;

/**
 * Puts in force what the file says whenever it is written. What is wrong is told, and nothing of it is applied.
 * @returns ends it.
 */
export function watchConfig({ source, variables, tell }: Plan, { hub }: Pick<Setup, 'hub'>): () => void {
  if (!source) return () => undefined;
  const { file } = source;
  let before = startingSections(source.content);
  const apply = async (): Promise<void> => {
    try {
      const { content } = readConfigFile(file, variables);
      const { number } = await hub.admin.config.applyFile(changingSections(content));
      tell(`${file} was changed: what it says is in force (epoch ${number}).`);
      const now = startingSections(content);
      const waiting = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
        (section) => !isDeepStrictEqual(before[section], now[section]),
      );
      if (waiting.length > 0) tell(`WARNING: ${waiting.join(', ')} of it hold from the next start on.`);
      before = now;
    } catch (cause) {
      tell(
        `WARNING: ${file} was changed and is not applied. ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  };
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, (now, then) => {
    if (now.mtimeMs !== then.mtimeMs || now.size !== then.size || now.ino !== then.ino) void apply();
  });
  return () => {
    unwatchFile(file);
  };
}
