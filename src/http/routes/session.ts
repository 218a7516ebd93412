import { NexusError } from '../../errors.ts';
import type { ConsoleSessions } from '../../console-sessions.ts';
import type { Gateway } from '../../gateway.ts';
import type { Caller } from '../../ports/index.ts';
import { answerJson } from '../answer-json.ts';
import { cookieOf, noCookie } from '../session-cookie.ts';
import type { RouteTable, Run } from './route.ts';

/** `POST /session` with a key: a cookie that stands for it, and what requests have to say beside it. */
const beginSession: Run = async (exchange, { gateway, caller, credentials, requestId }) => {
  const sessions = sessionsOf(gateway);
  const { key } = credentials;
  if (key === undefined)
    throw new NexusError(
      'request_invalid',
      'Log in with a key: "Authorization: Bearer <key>". A signature will not do.',
    );
  const { token, csrf, endsAtMs } = await sessions.begin(key);
  const body = { ...bodyOf(caller, gateway), csrf, ends_at: Math.floor(endsAtMs / 1000) };
  const headers = { 'set-cookie': cookieOf(exchange, token) };
  answerJson(exchange, body, requestId, { status: 201, headers });
};

/** `GET /session`: who asks, and in a session what its requests have to say. */
const showSession: Run = async (exchange, { gateway, caller, token, requestId }) => {
  const csrf = token === undefined ? null : sessionsOf(gateway).csrfOf(token);
  answerJson(exchange, { ...bodyOf(caller, gateway), csrf }, requestId);
};

/** `DELETE /session`: it is over. */
const endSession: Run = async (exchange, { gateway, token, requestId }) => {
  if (token !== undefined) await sessionsOf(gateway).end(token);
  answerJson(exchange, { object: 'session', ended: true }, requestId, {
    headers: { 'set-cookie': noCookie(exchange) },
  });
};

/** The paths of the console's sessions: for everybody who shows a key. */
export const SESSION_ROUTES: RouteTable = [
  [
    '/session',
    {
      GET: { permission: 'any', run: showSession },
      POST: { permission: 'any', run: beginSession },
      DELETE: { permission: 'any', run: endSession },
    },
  ],
];

function bodyOf(caller: Caller, gateway: Gateway): object {
  return {
    object: 'session',
    caller: caller.id,
    role: caller.role,
    permissions: sessionsOf(gateway).permissionsOf(caller),
    models: caller.models ?? null,
  };
}

function sessionsOf({ sessions }: Gateway): ConsoleSessions {
  if (sessions) return sessions;
  throw new NexusError('operation_unsupported', 'This server has no sessions. Send the key with each request.');
}
