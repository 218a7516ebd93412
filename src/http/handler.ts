import { asNexusError, NexusError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { Caller } from '../ports/index.ts';
import { RememberedAnswers } from '../remembered-answers.ts';
import { corsHeadersOf, preflightHeadersOf, withHeaders } from './cors.ts';
import { answerError } from './error-response.ts';
import type { Exchange } from './exchange.ts';
import { forwarded } from './forwarded.ts';
import { checkHost } from './host.ts';
import { runOnce } from './idempotency.ts';
import type { HttpSettings } from './options.ts';
import { credentialsOf, requestIdOf } from './request-head.ts';
import { RequestNote } from './request-note.ts';
import { admissionOf } from './routes/call.ts';
import type { Endpoint, Route, RouteContext } from './routes/route.ts';
import { endpointIn, hubPathsOf, methodsOf, placeAt } from './routes/routes.ts';
import { inSession, sessionIn } from './session-cookie.ts';
import { verified } from './signed-exchange.ts';

/** The HTTP API of a hub, for any transport. */
export interface Handler {
  /** True for paths the hub answers; the others are for whoever else is mounted on the server. */
  serves(path: string): boolean;
  /** Answers a request, with an error where need be. Resolves when the answer is over; never rejects. */
  handle(exchange: Exchange): Promise<void>;
}

/** Makes the handler of a hub. */
export function createHandler(gateway: Gateway, settings: HttpSettings): Handler {
  const { cors, logger } = settings;
  const answers = gateway.remembered ?? new RememberedAnswers(settings.clock);
  return {
    serves: (path) => placeAt(path, settings) !== undefined,
    async handle(arrived) {
      const incoming = forwarded(arrived, settings.trustProxy);
      const requestId = requestIdOf(incoming);
      const place = placeAt(incoming.path, settings);
      const endpoint = place && endpointIn(place.route, incoming.method);
      const asked = { route: place?.path, permission: endpoint?.permission };
      const note = new RequestNote(incoming, requestId, asked, settings.clock);
      const heard = note.listening(gateway);
      const exchange = cors === undefined ? heard : withHeaders(heard, corsHeadersOf(heard, cors));
      const context: RouteContext = { gateway, settings, requestId, note };
      try {
        checkHost(exchange, settings.hosts);
        if (!place) throw pathUnknown(settings);
        if (exchange.method === 'OPTIONS') answerOptions(exchange, place.route, settings);
        else await run(endpoint ?? noSuchMethod(place.route), exchange, context, answers);
      } catch (cause) {
        const error = (note.error = asNexusError(cause));
        if (error.code === 'internal') logger.error({ requestId, cause: error.cause ?? error }, 'a request failed');
        if (!exchange.answered) answerError(exchange, error, requestId);
      } finally {
        context.admission?.release();
        note.tell(gateway);
      }
    },
  };
}

function pathUnknown(settings: HttpSettings): NexusError {
  const paths = hubPathsOf({ ...settings, unversioned: false }).map((path) => settings.prefix + path);
  return new NexusError('path_unknown', `Nothing is served under this path. There are: ${paths.join(', ')}.`);
}

function noSuchMethod(route: Route): never {
  const allow = methodsOf(route);
  throw new NexusError('method_not_allowed', `This path has no such method. It has: ${allow}.`, { allow });
}

/** The one place where it is asked who may, before anything of the body is read. */
async function run(
  endpoint: Endpoint,
  incoming: Exchange,
  context: RouteContext,
  answers: RememberedAnswers,
): Promise<void> {
  if (endpoint.permission === 'none') {
    await endpoint.run(incoming, context);
    return;
  }
  const { gateway, settings, requestId, note } = context;
  const signed = verified(incoming, gateway);
  let exchange = signed instanceof Promise ? await signed : signed;
  let credentials = credentialsOf(exchange);
  const token = gateway.sessions && sessionIn(exchange, credentials);
  if (token !== undefined) {
    exchange = await inSession(exchange, token, gateway.sessions);
    credentials = credentialsOf(exchange);
  }
  if (endpoint.isCall) {
    const admission = admissionOf(exchange, credentials, context);
    context.admission = admission instanceof Promise ? await admission : admission;
  }
  const authorized = gateway.authorize(credentials, endpoint.permission, exchange.leaving.signal, (known) => {
    note.caller = known;
  });
  const caller =
    authorized instanceof Promise
      ? await (token === undefined ? authorized : orEndOfSession(authorized, token, gateway))
      : authorized;
  const actor = endpoint.isCall ? caller : { ...caller, request: { id: requestId, address: exchange.address } };
  const { admission } = context;
  const own = { gateway, settings, requestId, note, admission, credentials, caller, actor, token };
  // A call goes on to a provider, which is asked anew.
  if (endpoint.isCall || exchange.method !== 'POST') await endpoint.run(exchange, own);
  else await runOnce(exchange, caller, answers, (once) => endpoint.run(once, own));
}

/** A session whose key is not known any more is over. */
async function orEndOfSession(authorized: Promise<Caller>, token: string, { sessions }: Gateway): Promise<Caller> {
  try {
    return await authorized;
  } catch (cause) {
    if (asNexusError(cause).code === 'unauthenticated') await sessions?.end(token);
    throw cause;
  }
}

function answerOptions(exchange: Exchange, route: Route, { cors }: HttpSettings): void {
  const allow = methodsOf(route);
  const isPreflight = cors !== undefined && exchange.header('access-control-request-method') !== undefined;
  exchange.answer(204, { allow, ...(isPreflight ? preflightHeadersOf(exchange, allow) : {}) });
}
