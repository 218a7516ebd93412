import { isDeepStrictEqual } from 'node:util';
import { isNexusError } from 'nexusai-hub';
import { readConfigFile, stateOf } from './config-file.ts';
import { changingSections, type ConfigContent, startingSections } from './document.ts';
import type { Plan, Setup } from './setup.ts';

/** A file is looked at so often, and applied when it was left alone for so long: its beginning may be a configuration, too. */
const LOOK_EVERY_MS = 500;

/**
 * Puts in force what the file says whenever it is written. What is wrong is told, and nothing of it is applied.
 * @returns ends it.
 */
export function watchConfig(
  { source, variables, tell }: Pick<Plan, 'source' | 'variables' | 'tell'>,
  { hub }: Pick<Setup, 'hub'>,
): () => void {
  if (!source) return () => undefined;
  const { file } = source;
  // From before it was read: what was written while the server started would be missed otherwise.
  let seen = source.state;
  const apply = async (): Promise<void> => {
    try {
      const { content } = await readConfigFile(file, variables);
      const waiting = otherSections(startingSections(source.content), startingSections(content));
      const { number } = await hub.admin.config.applyFile(changingSections(content));
      tell(`${file} was changed: what it says is in force (epoch ${number}).`);
      if (waiting.length > 0) tell(`WARNING: ${waiting.join(', ')} of it hold from the next start on.`);
    } catch (cause) {
      const isPutOff = isNexusError(cause) && cause.code === 'config_unavailable';
      const what = isPutOff ? 'is put in force when the store is back' : 'is not applied';
      tell(`WARNING: ${file} was changed and ${what}. ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
  let isWritten = false;
  let isOver = false;
  let next: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const now = await stateOf(file);
    if (isOver) return;
    const isLeftAlone = now === seen;
    seen = now;
    if (isWritten && isLeftAlone) await apply();
    isWritten = !isLeftAlone;
    lookLater();
  };
  const lookLater = (): void => {
    if (!isOver) next = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  lookLater();
  return () => {
    isOver = true;
    clearTimeout(next);
  };
}

/** Names of the sections in which two files differ. */
function otherSections(one: ConfigContent, other: ConfigContent): readonly string[] {
  const sections = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...sections].filter((section) => !isDeepStrictEqual(one[section], other[section]));
}
