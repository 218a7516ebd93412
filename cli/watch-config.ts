import { isDeepStrictEqual } from 'node:util';
import { readConfigFile, stateOf } from './config-file.ts';
import { changingSections, startingSections } from './document.ts';
import type { Plan, Setup } from './setup.ts';

/** A file is looked at so often. */
const LOOK_EVERY_MS = 500;
/** And applied when it was left alone for so long: its beginning alone may be a configuration, too. */
const LEFT_ALONE_MS = 500;

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
  let quiet: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = stateOf(file);
    if (now === seen) return;
    seen = now;
    clearTimeout(quiet);
    quiet = setTimeout(applyIfLeftAlone, LEFT_ALONE_MS).unref();
  };
  const applyIfLeftAlone = (): void => {
    const left = seen;
    look();
    if (seen === left) void apply();
  };
  const looking = setInterval(look, LOOK_EVERY_MS).unref();
  return () => {
    clearInterval(looking);
    clearTimeout(quiet);
  };
}
