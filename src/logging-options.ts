import type { MaskOption } from './masking/masking-logger.ts';
import type { Logger } from './ports/logger.ts';

/** What a hub logs, and where. */
export interface LoggingOptions {
  /** Is told nothing that looks like a key, or is named a secret: docs/security.md. @default silent */
  readonly logger?: Logger;
  readonly logging?: {
    /** Whether what callers ask is logged, at the level `info`; masked as all else is. @default false */
    readonly prompts?: boolean;
    /**
     * What is masked beside keys: `phone`, `id_card`, `email`, `bank_card`, and patterns of your own with a name each.
     * @default []
     */
    readonly mask?: readonly MaskOption[];
  };
}
