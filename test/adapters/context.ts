import type { Clock, Logger, ProviderContext } from 'nexusai-hub/ports';

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Time that stands still; what is scheduled never runs. */
const STANDING: Clock = {
  now: () => Date.UTC(2026, 10, 23),
  elapsed: () => 0,
  schedule: () => ({ cancel() {} }),
};

/** What a provider is told about an attempt, with some of it changed. */
export function contextWith(changes: Partial<ProviderContext> = {}): ProviderContext {
  return {
    signal: new AbortController().signal,
    requestId: 'request-1',
    heartbeat: () => {},
    clock: STANDING,
    logger: SILENT,
    ...changes,
  };
}
