import type { NexusErrorCode } from '../errors.ts';
import { CODES } from '../errors.ts';
import { timeOrderedId } from '../defaults/time-ordered-id.ts';
import type { AuditEntry, AuditOutcome } from '../ports/index.ts';
import type { TextMask } from '../masking/text-mask.ts';
import type { AuditAction, AuditedRequest } from '../request-audit.ts';
import { keptValueMask } from './kept-value-mask.ts';

/** What `before`, `after` and `content` may take, in characters, each. */
const MOST_DETAILS = 64 * 1024;
const MOST_PATH = 256;
/** Of a request that brought none. */
const OWN_ID = /^req_[-\da-f]{36}$/;
/** What no database holds, or gives back as it was: the character 0, and halves of characters. */
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** @param failed what it failed with, and the id of the entry that said that it was let begin. */
export function actionEntry(
  action: AuditAction,
  atMs: number,
  mask: TextMask,
  failed?: { readonly code: NexusErrorCode; readonly began: string },
): AuditEntry {
  const { before, after, by } = action;
  const details = failed ? { began: failed.began } : { before: bounded(before, mask), after: bounded(after, mask) };
  return {
    id: timeOrderedId(atMs),
    atMs: Math.floor(atMs),
    kind: 'action',
    actor: by ? plain(by.id) : null,
    role: by ? plain(by.role) : null,
    action: plain(action.action),
    target: plain(mask(action.target)),
    outcome: failed ? outcomeOf(failed.code) : 'ok',
    status: null,
    code: failed?.code ?? null,
    requestId: by?.request ? idOf(by.request.id, mask) : null,
    address: by?.request?.address ?? null,
    durationMs: null,
    details: detailsOf(details),
  };
}

/** What a request leaves in the log. */
export function requestEntry(request: AuditedRequest, mask: TextMask): AuditEntry {
  const { method, path, route, caller, status, code, isLeft, requestId, address, atMs, durationMs, content } = request;
  return {
    id: timeOrderedId(atMs),
    atMs: Math.floor(atMs),
    kind: 'request',
    actor: caller ? plain(caller.id) : null,
    role: caller ? plain(caller.role) : null,
    action: `${methodName(method)} ${route ?? '(unknown path)'}`,
    // Masking costs more than the rest; a path of ours holds nothing of the caller's.
    target: path === route ? path : plain(mask(path.slice(0, MOST_PATH))),
    outcome: isLeft ? 'cancelled' : outcomeOf(code, status),
    status: status ?? null,
    code: code ?? (isLeft ? 'cancelled' : null),
    requestId: idOf(requestId, mask),
    address: address ?? null,
    durationMs: Math.max(0, Math.round(durationMs)),
    details: content === undefined ? null : detailsOf({ content: bounded(contentOf(content), mask) }),
  };
}

function outcomeOf(
  code: NexusErrorCode | undefined,
  status = code === undefined ? 200 : CODES[code].status,
): AuditOutcome {
  if (code === 'cancelled') return 'cancelled';
  if (code !== undefined && CODES[code].fault !== 'caller') return 'failed';
  if (code !== undefined || status >= 400) return status >= 500 ? 'failed' : 'refused';
  return 'ok';
}

/** Callers of `hub.fetch` may say anything. */
function methodName(method: string): string {
  return method === 'POST' || method === 'GET' || /^[A-Z]{1,16}$/.test(method) ? method : '(other)';
}

/** What is JSON is looked at, and masked by the names of its members, too. */
function contentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A value as it may be kept, and not more of it than there is room for. */
function bounded(value: unknown, mask: TextMask): unknown {
  const safe = keptValueMask(mask)(value);
  if (safe === undefined) return undefined;
  const json = JSON.stringify(safe);
  if (json.length <= MOST_DETAILS) return safe;
  return `[too long: ${String(json.length)} characters] ${json.slice(0, MOST_DETAILS)}`;
}

function detailsOf(details: object): string | null {
  const json = JSON.stringify(details);
  return json === '{}' ? null : plain(json);
}

function idOf(requestId: string, mask: TextMask): string {
  return OWN_ID.test(requestId) ? requestId : plain(mask(requestId));
}

function plain(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}
