/**
 * What each code means to everybody who has to act on it. The row is the behaviour: failover, circuit and HTTP read it
 * and nobody decides by the code itself.
 *
 * - `status`: HTTP status of the answer.
 * - `type`: OpenAI's `error.type`, so that SDKs raise their own classes.
 * - `askNext`: another target may be asked, as long as no content was delivered.
 * - `askAgain`: the same target may be asked again after a pause, as long as no content was delivered.
 * - `fault`: who caused it. Only `provider` faults count against a circuit.
 */
export const CODES = {
  request_invalid: row(400, 'invalid_request_error', 'caller'),
  unauthenticated: row(401, 'authentication_error', 'caller'),
  forbidden: row(403, 'permission_error', 'caller'),
  path_unknown: row(404, 'invalid_request_error', 'caller'),
  model_not_found: row(404, 'invalid_request_error', 'caller'),
  /** What the path of an admin request names does not exist. */
  not_found: row(404, 'invalid_request_error', 'caller'),
  /** It is being done already, by somebody else; or its name is taken. */
  conflict: row(409, 'invalid_request_error', 'caller'),
  /** What was to be changed is not any more as `If-Match` says. */
  precondition_failed: row(412, 'invalid_request_error', 'caller'),
  /** Another request came with the same `Idempotency-Key`. */
  idempotency_key_reused: row(422, 'invalid_request_error', 'caller'),
  /** A backup or an archive is cut, changed, or not what it says it is. Nothing of it was used. */
  file_damaged: row(422, 'invalid_request_error', 'caller'),
  method_not_allowed: row(405, 'invalid_request_error', 'caller'),
  body_too_large: row(413, 'invalid_request_error', 'caller'),
  media_type_unsupported: row(415, 'invalid_request_error', 'caller'),
  operation_unsupported: row(400, 'invalid_request_error', 'caller'),
  /** `/v1/responses` goes on from a response whose maker is not known here. */
  previous_response_not_found: row(400, 'invalid_request_error', 'caller'),
  /** The caller wants a kept answer or none (`only-if-cached`), and there is none. */
  not_cached: row(504, 'timeout_error', 'caller'),
  rate_limited: row(429, 'rate_limit_error', 'caller'),
  /** The caller's budget of money or tokens is used up. */
  budget_exhausted: row(429, 'insufficient_quota', 'caller'),
  /** The store that counts limits does not answer, and the hub was told to let nobody in without it. */
  limiter_unavailable: row(503, 'service_unavailable_error', 'hub'),
  /** What remembers the nonces of signed requests does not answer, and none is let in without it. */
  nonces_unavailable: row(503, 'service_unavailable_error', 'hub'),
  /** A stored secret does not open: its master key is not here or failed, or what is stored was changed. */
  secret_undecryptable: row(503, 'service_unavailable_error', 'hub', { askNext: true }),
  /** The store of configurations, or of their secrets, does not answer. What is in force stays. */
  config_unavailable: row(503, 'service_unavailable_error', 'hub'),
  /** The store of personal keys does not answer, and nobody new is let in without it. */
  keys_unavailable: row(503, 'service_unavailable_error', 'hub'),
  /** The ledger does not answer. In a stream whose record has to be durable before its end, it takes the place of that. */
  ledger_unavailable: row(503, 'service_unavailable_error', 'hub'),
  /** The audit log does not answer. What was to be changed was not changed, as nobody would see it there. */
  audit_unavailable: row(503, 'service_unavailable_error', 'hub'),

  /** The hub has no room: it is at a limit, its queue for the provider is full, or the wait in it was too long. */
  overloaded: row(503, 'service_unavailable_error', 'hub', { askNext: true }),
  /** Every target was refused or failed; `details.tried` says who and why. */
  no_target: row(503, 'service_unavailable_error', 'hub'),
  closing: row(503, 'service_unavailable_error', 'hub'),
  /** A backup or an archive could not be written or read: no room, no right, a database that is away. */
  storage_failed: row(500, 'server_error', 'hub'),
  internal: row(500, 'server_error', 'hub'),
  cancelled: row(499, 'cancelled', 'nobody'),
  /** The request's own time limit ran out before an answer began. */
  deadline_exceeded: row(504, 'timeout_error', 'hub'),

  /** The provider refused the request itself; another would do so too. */
  provider_rejected: row(400, 'invalid_request_error', 'caller'),
  context_length_exceeded: row(400, 'invalid_request_error', 'caller'),
  content_filtered: row(400, 'invalid_request_error', 'caller'),
  /** The answer does not fit the schema that was asked for; the provider is well, and other callers are not concerned. */
  schema_mismatch: row(502, 'upstream_error', 'caller', { askNext: true }),
  /** The provider refused our key, or its account lacks a right: never the caller's 401. */
  provider_denied: row(502, 'upstream_error', 'provider', { askNext: true }),
  /** The provider does not have the model or path. */
  provider_not_found: row(404, 'invalid_request_error', 'hub', { askNext: true }),
  provider_rate_limited: row(429, 'rate_limit_error', 'provider', { askNext: true, askAgain: true }),
  /** Too large for the provider's whole per-minute budget: waiting does not help there, another target may. */
  provider_limit_exceeded: row(429, 'rate_limit_error', 'caller', { askNext: true }),
  provider_quota_exhausted: row(429, 'insufficient_quota', 'provider', { askNext: true }),
  provider_overloaded: row(503, 'service_unavailable_error', 'provider', { askNext: true, askAgain: true }),
  /** The hub does not connect there: the server's address is not of the public Internet, and nobody allowed it. */
  provider_blocked: row(502, 'upstream_error', 'hub', { askNext: true }),
  /** No connection, or a 5xx. */
  provider_unavailable: row(502, 'upstream_error', 'provider', { askNext: true, askAgain: true }),
  /** Neither JSON nor events where one of them was due. */
  malformed_response: row(502, 'upstream_error', 'provider', { askNext: true }),
  frame_too_large: row(502, 'upstream_error', 'provider', { askNext: true }),
  empty_stream: row(502, 'upstream_error', 'provider', { askNext: true, askAgain: true }),
  /** The stream broke or ended without its end mark. After content it is sent in-band. */
  stream_interrupted: row(502, 'upstream_error', 'provider', { askNext: true, askAgain: true }),
  /** No bytes for longer than the idle limit. */
  stream_idle: row(504, 'timeout_error', 'provider', { askNext: true, askAgain: true }),
  first_content_timeout: row(504, 'timeout_error', 'provider', { askNext: true, askAgain: true }),
  total_timeout: row(504, 'timeout_error', 'provider'),
} as const satisfies Record<string, CodeRow>;

/** Who caused an error. */
export type Fault = 'caller' | 'provider' | 'hub' | 'nobody';

/** A row of {@link CODES}. */
export interface CodeRow {
  readonly status: number;
  readonly type: string;
  readonly fault: Fault;
  readonly askNext: boolean;
  readonly askAgain: boolean;
}

/** Name of one cause, stable over versions. */
export type NexusErrorCode = keyof typeof CODES;

function row(status: number, type: string, fault: Fault, may: { askNext?: boolean; askAgain?: boolean } = {}): CodeRow {
  return { status, type, fault, askNext: may.askNext ?? false, askAgain: may.askAgain ?? false };
}

/** The longest that a provider's word on a wait counts, and is passed on; then it is asked whether it still holds. */
export const LONGEST_TOLD_MS = 3_600_000;

/** One target that gave no answer: how its attempt failed, or that it was left alone. */
export interface TriedTarget {
  readonly target: string;
  readonly code: NexusErrorCode | 'circuit_open';
}

/** A limit of the hub or of one caller. */
export type LimitName =
  | 'requests_per_second'
  | 'requests_per_minute'
  | 'tokens_per_minute'
  | 'concurrent_requests'
  | 'budget_per_day'
  | 'budget_per_month';

/** How a limit stands. */
export interface LimitState {
  readonly what: 'requests' | 'tokens';
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the limit is whole again. */
  readonly resetMs: number;
}

/** Facts about an error. Safe to show: no prompt, key, header value or host name goes in here. */
export interface ErrorDetails {
  /** The request member that is wrong, as a path: `messages[0].content`. */
  readonly param?: string;
  /** Wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Overrides the row's `askAgain`: this provider said that waiting cannot help (or that it can). */
  readonly askAgain?: boolean;
  /** Id of the provider that failed. */
  readonly provider?: string;
  /** HTTP status the provider sent. */
  readonly providerStatus?: number;
  /** The provider's own error code, as text. */
  readonly providerCode?: string;
  /** The provider's own words, cut to a bounded length. */
  readonly providerMessage?: string;
  /** `no_target`: who was asked, and what came of it. */
  readonly tried?: readonly TriedTarget[];
  /** `rate_limited` and `budget_exhausted`: which limit it was. */
  readonly limit?: LimitName;
  /** How the limits stand that are told to callers. */
  readonly limits?: readonly LimitState[];
  /** `forbidden`: what the caller's role does not permit. */
  readonly permission?: string;
  /** `method_not_allowed`: methods this path has. */
  readonly allow?: string;
}

const BRAND = Symbol.for('nexusai-hub.error');

/** The one error class of the hub. Compare by `code`, or by {@link isNexusError} across ESM and CommonJS copies. */
export class NexusError extends Error {
  override readonly name = 'NexusError';
  readonly code: NexusErrorCode;
  readonly details: ErrorDetails;

  constructor(code: NexusErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get [BRAND](): true {
    return true;
  }

  /** HTTP status of the answer this error becomes. */
  get status(): number {
    return CODES[this.code].status;
  }
}

/** True for a `NexusError` of any copy of this package. */
export function isNexusError(value: unknown): value is NexusError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** The behaviour row of an error. */
export function rowOf(error: NexusError): CodeRow {
  return CODES[error.code];
}

/** A `NexusError` as it is; anything else becomes `internal` with a fixed text, the original kept as `cause`. */
export function asNexusError(cause: unknown): NexusError {
  if (isNexusError(cause)) return cause;
  return new NexusError('internal', 'The hub failed to handle this request; its log has the cause.', {}, cause);
}
