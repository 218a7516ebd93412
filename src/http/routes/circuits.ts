import { NexusError } from '../../errors.ts';
import type { CircuitReport, OpenReason } from '../../ports/index.ts';
import { answerJson } from '../answer-json.ts';
import { pageOf } from '../page.ts';
import type { Run } from './route.ts';

/** What of a path's end holds a circuit how. */
const HOLDS: Readonly<Record<string, 'open' | 'closed' | 'auto'>> = { open: 'open', close: 'closed', auto: 'auto' };

/** `GET /circuits`: how they stand. */
export const listCircuits: Run = async (exchange, { gateway, actor, requestId }) => {
  const circuits = gateway.circuitsFor(actor);
  answerJson(exchange, pageOf(circuits.list().map(bodyOf), exchange.query), requestId);
};

/** `POST /circuits/{id}/open`, `close`, `auto`; ids hold slashes and `#`, so they come encoded. */
export const holdCircuit: Run = async (exchange, { gateway, actor, requestId }) => {
  const circuits = gateway.circuitsFor(actor);
  const [, id = '', verb = ''] = /^\/circuits\/(.+)\/([^/]*)$/.exec(exchange.path) ?? [];
  const how = Object.hasOwn(HOLDS, verb) ? HOLDS[verb] : undefined;
  if (how === undefined)
    throw new NexusError('path_unknown', 'Circuits are held by POST /circuits/{id}/open, /close and /auto.');
  answerJson(exchange, bodyOf(await circuits.hold(decoded(id), how)), requestId);
};

/** A circuit as the API shows it; times as OpenAI has them, in Unix seconds. */
interface CircuitBody {
  readonly object: 'circuit';
  readonly id: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly why: OpenReason | null;
  /** `null` where it is not open, or until somebody lets it go. */
  readonly retry_at: number | null;
  readonly held: 'open' | 'closed' | null;
  readonly successes: number;
  readonly failures: number;
}

function bodyOf({ id, state, held, successes, failures }: CircuitReport): CircuitBody {
  const base = { object: 'circuit', id, held: held ?? null, successes, failures } as const;
  if (state.kind !== 'open')
    return { ...base, state: state.kind === 'closed' ? 'closed' : 'half_open', why: null, retry_at: null };
  const retryAt = Number.isFinite(state.retryAtMs) ? Math.ceil(state.retryAtMs / 1000) : null;
  return { ...base, state: 'open', why: state.why, retry_at: retryAt };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NexusError('request_invalid', 'The id of the circuit is not encoded as a part of a path.');
  }
}
