import type { Logger } from '../ports/logger.ts';
import { boundedPattern } from './bounded-pattern.ts';
import { type MaskPattern, PERSONAL_DATA, type PersonalData } from './personal-data.ts';
import { textMask } from './text-mask.ts';
import { valueMask } from './value-mask.ts';

/** What is masked beside keys: a kind of personal data, or a pattern of the owner's own. */
export type MaskOption =
  | PersonalData
  | {
      /** What stands in its place: `[name]`. Small letters, digits and `_`, up to 32. */
      readonly name: string;
      /**
       * A regular expression of up to 500 letters. `*` and `+` reach 64 times at most; one that can match in too many ways
       * is refused, so that no text can make it look for long.
       */
      readonly pattern: RegExp | string;
    };

/** What a masking logger masks. */
export interface MaskingOptions {
  /** Keys and what is named a secret are masked without being asked for. @default [] */
  readonly mask?: readonly MaskOption[];
}

/** Loggers that can tell, as pino can, are not given what they would not write. */
interface LevelLogger extends Logger {
  isLevelEnabled?(level: string): boolean;
}

/** What an asynchronous logger promises is handed on to whoever guards it. */
type Written = Record<keyof Logger, (record: object, message: string) => unknown>;

const MASKS = Symbol.for('nexusai-hub.masking-logger');

/**
 * A logger that masks what it is given before the other one sees it: keys of all known shapes, what is named a secret, and
 * what is asked for. Records are copied, in depth and within bounds; what is given is not changed.
 * @throws TypeError naming the pattern that is wrong.
 */
export function maskingLogger(logger: Logger, { mask = [] }: MaskingOptions = {}): Logger {
  // Twice would cost twice; the second may mask more, though.
  if (mask.length === 0 && MASKS in logger) return logger;
  const maskedText = textMask(mask.map(maskPatternOf));
  const maskedValue = valueMask(maskedText);
  const written: Written = logger;
  const level = (name: keyof Logger) => (record: object, message: string) => {
    if ((logger as LevelLogger).isLevelEnabled?.(name) === false) return undefined;
    return written[name](recordOf(maskedValue(record)), maskedText(message));
  };
  const masking = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  Object.defineProperty(masking, MASKS, { value: true });
  return masking;
}

/**
 * A pattern as it is given, ready to be used.
 * @throws TypeError with what is wrong.
 */
export function maskPatternOf(option: MaskOption): MaskPattern {
  if (typeof option === 'string') {
    if (Object.hasOwn(PERSONAL_DATA, option)) return PERSONAL_DATA[option];
    throw new TypeError(`there is no pattern "${option}"; there are ${Object.keys(PERSONAL_DATA).join(', ')}`);
  }
  const { name, pattern } = option;
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name))
    throw new TypeError('the name of a pattern is small letters, digits and "_", 32 at most');
  try {
    const isText = typeof pattern === 'string';
    return { name, pattern: boundedPattern(isText ? pattern : pattern.source, isText ? '' : pattern.flags) };
  } catch (cause) {
    throw new TypeError(`"${name}": ${cause instanceof Error ? cause.message : 'wrong'}`, { cause });
  }
}

function recordOf(copy: unknown): object {
  return typeof copy === 'object' && copy !== null ? copy : { value: copy };
}
