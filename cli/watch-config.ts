import { isDeepStrictEqual } from 'node:util';
import { readConfigFile, stateLater } from './config-file.ts';
import { changingSections, startingSections } from './document.ts';
import type { Plan, Setup } from './setup.ts';

/** A file is looked at so often, and applied when it was left alone for so long: its beginning may be a configuration, too. */
const LOOK_EVERY_MS = 500;

/**
 * Puts in force what the file says whenever it is written. What is wrong is told, and nothing of it is applied.
 * @returns ends it.
 */
export function watchConfig({ source, variables, tell }: Plan, { hub }: Pick<Setup, 'hub'>): () => void {
  if (!source) return () => undefined;
  const { file } = source;
  // From before it was read: what was written while the server started would be missed otherwise.
  let seen = source.state;
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
  let isWritten = false;
  let isOver = false;
  let next: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const now = await stateLater(file);
    if (isOver) return;
    const isLeftAlone = now === seen;
    seen = now;
    if (isWritten && isLeftAlone) void apply();
    isWritten = !isLeftAlone;
    next = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  next = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  return () => {
    isOver = true;
    clearTimeout(next);
  };
}
