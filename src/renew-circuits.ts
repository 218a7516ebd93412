import type { Parts } from './parts.ts';

/**
 * What a provider did with another key, or at another server, says nothing of it now: its circuits begin anew. One that
 * somebody holds stays as it is held. A circuit breaker that cannot do that, or fails at it, goes on with what it knows.
 */
export function renewCircuits(providerIds: readonly string[], { circuit, logger }: Parts): void {
  if (providerIds.length === 0) return;
  try {
    for (const { id, held, state, failures } of circuit.list?.() ?? []) {
      if (held || (state.kind === 'closed' && failures === 0)) continue;
      if (providerIds.some((providerId) => id.startsWith(`${providerId}/`) || id.startsWith(`${providerId}#`)))
        circuit.hold?.(id, 'auto');
    }
  } catch (cause) {
    logger.error({ cause }, 'the circuit breaker failed at beginning anew for a provider that was changed');
  }
}
