import type { Admission } from '../../door.ts';
import type { Gateway } from '../../gateway.ts';
import type { Permission } from '../../permissions.ts';
import type { Caller, Credentials } from '../../ports/index.ts';
import type { Actor } from '../../request-audit.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpSettings } from '../options.ts';
import type { RequestNote } from '../request-note.ts';

/** What every route may need beside the exchange. */
export interface RouteContext {
  readonly gateway: Gateway;
  readonly settings: HttpSettings;
  readonly requestId: string;
  /** What is found out about the request. */
  readonly note: RequestNote;
  /** Set where the request was let in before its body was read; released when the answer is over. */
  admission?: Admission | undefined;
}

/** The same, once it is known who asks and that they may. */
export interface CallerContext extends RouteContext {
  readonly credentials: Credentials;
  readonly caller: Caller;
  /** The caller, and the request it asks by: for what is noted with both. */
  readonly actor: Actor;
  /** Of its session, where it came in by one. */
  readonly token: string | undefined;
}

/**
 * Answers one kind of request.
 * @throws NexusError before an answer has begun, and what an answer broke with once the client was told.
 */
export type Run = (exchange: Exchange, context: CallerContext) => Promise<void>;

/** The same for everybody: nobody is asked who they are. */
export type OpenRun = (exchange: Exchange, context: RouteContext) => Promise<void>;

/**
 * What a method of a path does, and what the role of its callers has to permit. Nothing is served without that; what is
 * for everybody says so.
 */
export type Endpoint =
  | { readonly permission: 'none'; readonly run: OpenRun }
  | {
      /** `any`: it is for whoever is known. */
      readonly permission: Permission | 'any';
      /** It brings a call, which may be turned away before anything is done for it. */
      readonly isCall?: true;
      readonly run: Run;
    };

/** Methods a path may have; `HEAD` comes with `GET`. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One of {@link METHODS}. */
export type Method = (typeof METHODS)[number];

/** What a path does, by method. */
export type Route = Readonly<Partial<Record<Method, Endpoint>>>;

/**
 * Paths and what they do. `{id}` stands for one part of a path, `*` at the end for any rest; of several that fit a path
 * the first counts.
 */
export type RouteTable = readonly (readonly [path: string, route: Route])[];
