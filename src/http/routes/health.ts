import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import type { OpenRun } from './route.ts';

/** `GET /healthz`: the process lives. */
export const health: OpenRun = async (exchange, { requestId }) => {
  answerJson(exchange, { status: 'ok' }, requestId);
};

/**
 * `GET /readyz`: the hub takes requests; whether their records reach the ledger, stored secrets can be opened, and the newest
 * configuration holds. 503 once it is closing, and while no request is taken because none could be recorded. Asks nobody.
 */
export const readiness: OpenRun = async (exchange, { gateway, requestId }) => {
  if (!gateway.isReady) throw new NexusError('closing', 'The hub is shutting down and takes no new requests.');
  const { state, refusesRequests } = gateway.views.now().ledger;
  if (refusesRequests)
    throw new NexusError(
      'ledger_unavailable',
      'Answers cannot be recorded at the moment, and none is given without that.',
    );
  answerJson(exchange, { status: 'ready', ledger: state, ...gateway.health }, requestId);
};
