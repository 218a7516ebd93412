import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import type { OpenRun } from './route.ts';

/** `GET /healthz`: the process lives. */
export const health: OpenRun = async (exchange, { requestId }) => {
  answerJson(exchange, { status: 'ok' }, requestId);
};

/** `GET /readyz`: the hub takes requests; 503 once it is closing. */
export const readiness: OpenRun = async (exchange, { gateway, requestId }) => {
  if (!gateway.isReady) throw new NexusError('closing', 'The hub is shutting down and takes no new requests.');
  answerJson(exchange, { status: 'ready' }, requestId);
};
