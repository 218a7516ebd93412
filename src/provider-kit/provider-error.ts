import { CODES, type ErrorDetails, NexusError, type NexusErrorCode } from '../errors.ts';
import { errorFields, type ErrorFields } from './error-fields.ts';
import { masked } from './mask.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Secret } from './secret.ts';

/** A failed answer, or an error found inside a good one. */
export interface FailedAnswer {
  /** HTTP status of the answer; 200 for an error inside a stream. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed body, or its text where it is not JSON. */
  readonly body: unknown;
  /** Our key, so that a provider that repeats it does not put it into an error. */
  readonly key?: Secret | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * What a provider's error means to the hub. Names (`code`, `type`) come before words, words before the status: many
 * providers send one status for several causes (sources: providers.md sections 3.5, 4.4, 6.3 and 7).
 */
export function providerError({ status, headers, body, key, nowMs }: FailedAnswer): NexusError {
  const fields = errorFields(body) ?? unreadable(body);
  const means = statusMeant(status, fields);
  const code = ruleFor(means, fields);
  const words = masked(fields.message, key);
  const wait = CODES[code].askAgain
    ? retryAfterMs({ headers, message: fields.message, error: fields.source, nowMs })
    : undefined;
  const mayRetry = headers['x-should-retry'];
  const details: ErrorDetails = {
    providerStatus: status,
    ...(fields.code === undefined ? {} : { providerCode: masked(fields.code, key) }),
    ...(words === '' ? {} : { providerMessage: words }),
    ...(fields.param === undefined ? {} : { param: masked(fields.param, key) }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(mayRetry === 'true' || mayRetry === 'false' ? { askAgain: mayRetry === 'true' } : {}),
  };
  return new NexusError(code, messageOf(code, means, words), details);
}

/** Names of causes in lower case, as `code` or `type`. */
const NAMES: readonly (readonly [NexusErrorCode, ReadonlySet<string>])[] = [
  [
    'context_length_exceeded',
    new Set(['context_length_exceeded', 'exceed_context_size_error', 'tokens_too_long', 'characters_too_long']),
  ],
  [
    'content_filtered',
    new Set([
      'content_filter',
      'content_policy_violation',
      'moderation_blocked',
      'data_inspection_failed',
      'unsafe_request',
      'system_unsafe',
      'user_setting_unsafe',
      'functions_unsafe',
      'image_url_unsafe',
    ]),
  ],
  [
    'provider_quota_exhausted',
    new Set([
      'insufficient_quota',
      'credit_balance_exhausted',
      'billing_hard_limit_reached',
      'exceeded_current_quota_error',
      'arrearage',
      'account_overdue',
    ]),
  ],
  [
    'provider_overloaded',
    new Set([
      'engine_overloaded_error',
      'overloaded_error',
      'server_is_overloaded',
      'service_unavailable_error',
      'slow_down',
      'insufficient_system_resource',
    ]),
  ],
];

/** Only where the status leaves the cause open: the words alone are too weak. */
const WORDS: readonly (readonly [NexusErrorCode, readonly number[], RegExp])[] = [
  [
    'context_length_exceeded',
    [400, 413, 422],
    /maximum context length|context (?:window|length)|model token limit|range of input length|prompt (?:tokens? )?(?:is )?too long/i,
  ],
  ['content_filtered', [400, 403], /flagged|moderation|considered high risk|inappropriate content/i],
  ['provider_limit_exceeded', [429], /request too large/i],
];

const STATUSES: Readonly<Record<number, NexusErrorCode>> = {
  401: 'provider_denied',
  402: 'provider_quota_exhausted',
  403: 'provider_denied',
  404: 'provider_not_found',
  // Both say that it took too long there: to be asked again, there or elsewhere.
  408: 'provider_unavailable',
  409: 'provider_unavailable',
  429: 'provider_rate_limited',
  498: 'provider_overloaded',
  503: 'provider_overloaded',
  529: 'provider_overloaded',
};

/** What names say about the status of an error that came inside a 200. */
const STATUS_OF_NAMES: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|limit_requests|limit_burst_rate|throttling/i, 429],
  [/authentication|invalid_api_key|invalid_iam_token/i, 401],
  [/permission|access_denied|forbidden/i, 403],
  [/not_?found/i, 404],
  [/invalid_?(?:request|parameter|argument)|bad_?request/i, 400],
];

function ruleFor(status: number, fields: ErrorFields): NexusErrorCode {
  const names = [fields.code, fields.type].map((name) => name?.toLowerCase() ?? '');
  const named = NAMES.find(([, known]) => names.some((name) => known.has(name)));
  if (named) return named[0];
  if (status === 413 && statusOfNames(fields) === 429) return 'provider_limit_exceeded';
  const worded = WORDS.find(([, statuses, words]) => statuses.includes(status) && words.test(fields.message));
  if (worded) return worded[0];
  return STATUSES[status] ?? (status >= 500 || status < 400 ? 'provider_unavailable' : 'provider_rejected');
}

/** The HTTP status an error stands for: its own, or, inside a 200, the one its code or names tell. */
function statusMeant(status: number, fields: ErrorFields): number {
  if (status >= 400) return status;
  const number = Number(fields.code);
  if (number >= 400 && number < 600) return number;
  return statusOfNames(fields) ?? 500;
}

function statusOfNames({ code = '', type = '' }: ErrorFields): number | undefined {
  return STATUS_OF_NAMES.find(([pattern]) => pattern.test(code) || pattern.test(type))?.[1];
}

function unreadable(body: unknown): ErrorFields {
  const text = typeof body === 'string' ? body : '';
  return { code: undefined, type: undefined, message: text, param: undefined, source: undefined };
}

const SENTENCES: Partial<Record<NexusErrorCode, string>> = {
  provider_denied: "The provider refused the hub's key or account.",
  provider_quota_exhausted: "The hub's quota or credit at the provider is used up.",
  provider_rate_limited: 'The provider limits the rate of requests.',
  provider_limit_exceeded: "The request is larger than the provider's whole budget per minute.",
  provider_overloaded: 'The provider is overloaded.',
  provider_not_found: 'The provider does not have this model or path.',
};

/** Where the request itself is at fault the caller needs the provider's words; elsewhere they are about our account. */
function messageOf(code: NexusErrorCode, status: number, words: string): string {
  if (CODES[code].fault === 'caller' && code !== 'provider_limit_exceeded')
    return words === ''
      ? `The provider refused the request (${status}).`
      : `The provider refused the request: ${words}`;
  return SENTENCES[code] ?? `The provider failed (${status}).`;
}
