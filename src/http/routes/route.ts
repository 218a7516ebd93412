import type { Admission } from '../../door.ts';
import type { Gateway } from '../../gateway.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpSettings } from '../options.ts';

/** What every route may need beside the exchange. */
export interface RouteContext {
  readonly gateway: Gateway;
  readonly settings: HttpSettings;
  readonly requestId: string;
  /** Set where the request was let in before its body was read; released when the answer is over. */
  admission?: Admission | undefined;
}

/**
 * Answers one kind of request.
 * @throws NexusError before an answer has begun, and nothing after.
 */
export type Run = (exchange: Exchange, context: RouteContext) => Promise<void>;

/** What a path does, by method. */
export type Route = Readonly<Partial<Record<'GET' | 'POST', Run>>>;
