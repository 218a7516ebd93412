import type { ProviderContext } from '../ports/index.ts';
import type { Stop } from './stop.ts';

/** What a hub tells a provider about one attempt. Its signal is made for who looks at it: few do, and it is dear. */
export class AttemptContext implements ProviderContext {
  declare readonly signal: AbortSignal;
  readonly requestId: string;
  readonly keyId: string | undefined;
  readonly heartbeat: () => void;
  readonly clock: ProviderContext['clock'];
  readonly logger: ProviderContext['logger'];
  readonly #stop: Stop;

  constructor(stop: Stop, told: Omit<ProviderContext, 'signal'>) {
    this.#stop = stop;
    this.requestId = told.requestId;
    this.keyId = told.keyId;
    this.heartbeat = told.heartbeat;
    this.clock = told.clock;
    this.logger = told.logger;
    // On the object itself, so that a copy made by spread has it.
    Object.defineProperty(this, 'signal', AttemptContext.#signal);
  }

  static readonly #signal: PropertyDescriptor & ThisType<AttemptContext> = {
    enumerable: true,
    get() {
      return this.#stop.signal;
    },
  };

  static stopOf(context: Pick<ProviderContext, 'signal'>): AbortSignal | Stop {
    return #stop in context ? context.#stop : context.signal;
  }
}

/**
 * What stops an attempt: for a transport as good as the context's `signal`, and cheaper. A changed copy of a context
 * never gives what stops its original, but the signal it has.
 */
export function stopOf(context: Pick<ProviderContext, 'signal'>): AbortSignal | Stop {
  return AttemptContext.stopOf(context);
}
