import { z } from 'zod';
import { type MaskOption, maskPatternOf } from './masking/masking-logger.ts';

/** More would make each line slow. */
const MOST_PATTERNS = 50;

/** What is wrong with an entry of the list. */
function problemOf(given: unknown): string | undefined {
  if (!isMaskOption(given)) return 'expected the name of a kind, or { name, pattern }';
  try {
    maskPatternOf(given);
    return undefined;
  } catch (cause) {
    return cause instanceof TypeError ? cause.message : 'is no pattern';
  }
}

function isMaskOption(given: unknown): given is MaskOption {
  if (typeof given === 'string') return true;
  if (typeof given !== 'object' || given === null || !('name' in given) || !('pattern' in given)) return false;
  return typeof given.name === 'string' && (typeof given.pattern === 'string' || given.pattern instanceof RegExp);
}

const mask = z.custom<MaskOption>().superRefine((given, context) => {
  const message = problemOf(given);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** `logging` */
export const loggingSchema = z.strictObject({
  prompts: z.boolean().default(false),
  mask: z.array(mask).max(MOST_PATTERNS).default([]),
});
