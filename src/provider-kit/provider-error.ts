import { CODES, type ErrorDetails, NexusError, type NexusErrorCode } from '../errors.ts';
import type { ErrorCodes } from './dialect.ts';
import { errorFields, type ErrorFields } from './error-fields.ts';
import { DAILY_QUOTA } from './google-details.ts';
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
  /** What the provider's own codes mean, where they are not known to all. */
  readonly errorCodes?: ErrorCodes | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * What a provider's error means to the hub. Names (`code`, `type`) come before words, words before the status: many
 * providers send one status for several causes (sources: providers.md sections 3.5, 4.4, 6.3, 7, 8.4 and 9.3).
 */
export function providerError({ status, headers, body, key, errorCodes, nowMs }: FailedAnswer): NexusError {
  const fields = errorFields(body) ?? unreadable(body);
  const means = statusMeant(status, fields);
  const code = ruleFor(means, fields, errorCodes?.get(fields.code ?? ''));
  const words = masked(fields.message, key);
  // Of a used-up quota the body tells of another limit beside it: Gemini's of a minute in the error of that of a day.
  const told = code === 'provider_quota_exhausted' ? {} : { message: fields.message, error: fields.source, body };
  const wait = WAITED_FOR.has(code) ? retryAfterMs({ headers, ...told, nowMs }) : undefined;
  const mayRetry = headers['x-should-retry'];
  const details: ErrorDetails = {
    providerStatus: status,
    ...(fields.code === undefined ? {} : { providerCode: masked(fields.code, key) }),
    ...(words === '' ? {} : { providerMessage: words }),
    ...(fields.param === undefined ? {} : { param: masked(fields.param, key) }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(mayRetry === 'true' || mayRetry === 'false' ? { askAgain: mayRetry === 'true' } : {}),
  };
  return new NexusError(code, messageOf(code, means ?? status, words), details);
}

/** What is over when a told time is; a refused request or key stays refused. */
const WAITED_FOR: ReadonlySet<NexusErrorCode> = new Set([
  'provider_quota_exhausted',
  'provider_rate_limited',
  'provider_overloaded',
  'provider_unavailable',
]);

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
      'responsibleaipolicyviolation',
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
      'billing_error',
      DAILY_QUOTA,
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
  ['provider_denied', new Set(['invalid_client', 'unauthorized_client', 'invalid_grant', 'api_key_invalid'])],
];

/** Only where the status leaves the cause open, or there is none: the words alone are too weak. */
const WORDS: readonly (readonly [NexusErrorCode, readonly number[], RegExp])[] = [
  [
    'context_length_exceeded',
    [400, 413, 422],
    /maximum context length|context (?:window|length)|model token limit|range of input length|prompt (?:tokens? )?(?:is )?too long|input token count .*exceeds|the max (?:length of|input characters)/i,
  ],
  ['content_filtered', [400, 403], /flagged|moderation|considered high risk|inappropriate content/i],
  ['provider_limit_exceeded', [429], /request too large/i],
  ['provider_quota_exhausted', [400], /credit balance is too low/i],
  // Baidu, Alibaba and others in Chinese: too long, unsafe, no money, too fast, busy, no right, no such model.
  [
    'context_length_exceeded',
    [400, 413, 422],
    /(?:长度|上下文|字数|字符|输入|tokens?)[^，。]{0,12}(?:超|过长|太长)|过长/i,
  ],
  ['content_filtered', [400, 403], /敏感|违规|不合规|内容(?:安全|审核)|安全策略/],
  ['provider_quota_exhausted', [400, 403, 429], /欠费|余额不足|(?:额度|配额|次数)[^，。]{0,6}(?:用尽|用完|耗尽|不足)/],
  ['provider_rate_limited', [400, 403], /频率|频繁|限流|速率|请求(?:数|量)?(?:过多|过快|太多)|并发/],
  ['provider_overloaded', [500], /繁忙|负载|过载/],
  [
    'provider_denied',
    [400],
    /鉴权|认证失败|(?:密钥|令牌|token)[^，。]{0,6}(?:无效|失效|过期|错误)|(?:无|没有)[^，。]{0,12}权限/i,
  ],
  ['provider_not_found', [400], /(?:模型|服务|接口)[^，。]{0,8}不存在/],
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

/** `known`: what the provider's own code means. */
function ruleFor(status: number | undefined, fields: ErrorFields, known: NexusErrorCode | undefined): NexusErrorCode {
  const names = [fields.code, fields.type, fields.inner].map((name) => name?.toLowerCase() ?? '');
  const named = NAMES.find(([, list]) => names.some((name) => list.has(name)));
  if (named) return named[0];
  if (known && known !== 'provider_rejected') return known;
  if (status === 413 && statusOfNames(fields) === 429) return 'provider_limit_exceeded';
  const means = known ? 400 : status;
  const worded = WORDS.find(
    ([, statuses, words]) => (means === undefined || statuses.includes(means)) && words.test(fields.message),
  );
  if (worded) return worded[0];
  if (means === undefined) return 'provider_unavailable';
  return STATUSES[means] ?? (means >= 500 || means < 400 ? 'provider_unavailable' : 'provider_rejected');
}

/** The HTTP status an error stands for: its own, or, inside a 200, the one its code or names tell, if they do. */
function statusMeant(status: number, fields: ErrorFields): number | undefined {
  if (status >= 400) return status;
  const number = Number(fields.code);
  if (number >= 400 && number < 600) return number;
  return statusOfNames(fields);
}

function statusOfNames({ code = '', type = '' }: ErrorFields): number | undefined {
  return STATUS_OF_NAMES.find(([pattern]) => pattern.test(code) || pattern.test(type))?.[1];
}

function unreadable(body: unknown): ErrorFields {
  const text = typeof body === 'string' ? body : '';
  return { code: undefined, type: undefined, message: text, param: undefined, inner: undefined, source: undefined };
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
