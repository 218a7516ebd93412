import { CODES, NexusError } from 'nexusai-hub';
import type { CodeRow, NexusErrorCode } from 'nexusai-hub';

import { errorBodyOf } from '../../src/openai/error-body.ts';

/** What a code means to whoever meets it, and what helps. A code without its line does not compile. */
const MEANINGS = {
  request_invalid: ['The request is wrong; `param` names the member.', 'Correct the request.'],
  unauthenticated: [
    'No key was sent, or one that is not known here; or the signature of the request does not count, and the message says why.',
    'Send a key of this hub as `Authorization: Bearer`, or [sign the request](security.md#signed-requests) with it.',
  ],
  forbidden: [
    'The role of the key lacks the permission that the message names; or the key may not use this model; or it has a budget of money and the model has no price.',
    'Use a key with another [role](roles.md), or another model; or let the owner add it to the key, or set its price.',
  ],
  path_unknown: ['The path is none of the hub.', 'Compare it with the list of paths in the README.'],
  model_not_found: ['No provider serves this model name.', 'Ask `GET /v1/models`, or add it to `models`.'],
  not_found: ['What the path of an admin request names does not exist.', 'List what there is, and name one of it.'],
  conflict: [
    'It is being done already, a backup for example; or something else has this name, or was changed in the same moment.',
    'Wait until it is over, or take another name; the list shows what there is.',
  ],
  precondition_failed: [
    'What was to be changed is not as `If-Match` says: somebody else has changed it since it was read.',
    'Read it again, and send the change with the `ETag` it has now.',
  ],
  idempotency_key_reused: [
    'Another request came with the same `Idempotency-Key` within a few minutes.',
    'Take a new key for each thing that is to be done, the same one only to repeat a request as it was.',
  ],
  file_damaged: [
    'A backup or an archive is cut, changed, or not what it says it is; nothing of it was used.',
    'Take another one, or copy it again.',
  ],
  method_not_allowed: ['The path has no such method; the header `allow` names those it has.', 'Use one of them.'],
  body_too_large: ['The body is larger than `bodyLimitBytes`, packed or unpacked.', 'Send less, or raise the limit.'],
  media_type_unsupported: [
    'The body is not JSON, or packed in an unknown way.',
    'Send `Content-Type: application/json`.',
  ],
  operation_unsupported: [
    'No provider of this model can do that (embeddings, images, responses, ...).',
    'Route the model to one that can; the message names them.',
  ],
  previous_response_not_found: [
    'Who made the response in `previous_response_id` is not known here, and there is a choice.',
    'Send the conversation itself in `input`.',
  ],
  not_cached: [
    'The request asks for a kept answer or none (`only-if-cached`), and none is kept. The status is that of HTTP for it.',
    'Ask without that wish; see [the cache](cache.md).',
  ],
  rate_limited: [
    'The hub as a whole, or this key, is at its limit; the message names it.',
    'Wait for `retry-after`, or raise the limit.',
  ],
  budget_exhausted: [
    'The budget of this key is used up; an answer that was under way is cut off.',
    'Wait for the next day or month (`retry-after`), or raise the budget.',
  ],
  limiter_unavailable: [
    'The store that counts limits does not answer, and the hub is told to let nobody in without it.',
    'Wait; the owner looks after the store, or chooses another mode.',
  ],
  nonces_unavailable: [
    'A signed request counts once, and what remembers those that were seen does not answer.',
    'Ask again later, with a new signature; the owner looks after the `nonceStore`.',
  ],
  secret_undecryptable: [
    'A stored secret does not open: its master key is not here or does not answer, or what is stored was changed. It stays as it is. The message says which.',
    'The owner [adds the master key](security.md#stored-secrets) as an older one, or sets the secret anew.',
  ],
  config_unavailable: [
    'What keeps the configuration, or its secrets, does not answer, or has lost what was there: it cannot be changed. What is in force stays. The message says which.',
    'Ask again later, and look first at what is in force: a change that was not answered may be there. The owner looks after the store.',
  ],
  keys_unavailable: [
    'The store of [personal keys](keys.md) does not answer, or the vault cannot open what they are known by: keys that are not known yet are not let in, and none can be changed.',
    'Ask again later; the owner looks after the store, or, where the log says so, after the [master key](security.md#stored-secrets).',
  ],
  ledger_unavailable: [
    'What has to be recorded or read cannot be: the ledger does not answer. Answers that may not end without their record (`records.durability`) do not end well.',
    'Ask again later; look at the ledger.',
  ],
  audit_unavailable: [
    'The audit log does not answer. A change of the hub is not made without its entry there.',
    'Ask again later; look at the database of the audit log.',
  ],
  overloaded: [
    'The hub is at a limit of `shedding`; or the queue of the provider is full, the wait was too long, or its pace is used up.',
    'Wait; or raise `flow` or `shedding`.',
  ],
  no_target: [
    'Nobody answered, for different reasons; the message lists who was tried.',
    'Look at the targets it names.',
  ],
  closing: ['The hub shuts down.', 'Ask another instance.'],
  storage_failed: [
    'A backup or an archive could not be written or read; the message says why.',
    'Make room, give the right to write, or name another folder.',
  ],
  internal: ['A part of the hub failed. The cause is in the log only.', 'Look it up by `x-request-id`.'],
  cancelled: ['The caller left, or nobody read the answer.', "Nothing; it is nobody's fault."],
  deadline_exceeded: [
    '`routing.deadlineMs` ran out before a stream had content, or the `timeout` of the call before its answer began.',
    'Raise it, or look why providers are slow.',
  ],
  provider_rejected: ['The provider refused the request itself; its words are in the message.', 'Correct the request.'],
  context_length_exceeded: ['The conversation is longer than the model takes.', 'Shorten it, or use another model.'],
  content_filtered: ['The provider refused the content.', 'Change the content.'],
  schema_mismatch: [
    'The answer does not fit the schema in `response_format`, and the hub was told to check it.',
    'Ask again, or loosen the schema.',
  ],
  provider_denied: ['The provider refused the key of the hub.', 'The owner checks that key and its rights.'],
  provider_blocked: [
    "The provider's server is not on the public Internet, and the hub was told not to connect elsewhere.",
    'The owner checks the base URL, or adds the server to `security.allowed_upstreams`.',
  ],
  provider_not_found: ['The provider does not have the model or path.', 'The owner checks `models` and the base URL.'],
  provider_rate_limited: ['The provider limits the rate of requests.', 'Wait; or add a second target.'],
  provider_limit_exceeded: ['One request is larger than the whole budget per minute at the provider.', 'Send less.'],
  provider_quota_exhausted: ['Credit or quota at the provider is used up.', 'The owner tops it up.'],
  provider_overloaded: ['The provider says it is overloaded.', 'Wait; or add a second target.'],
  provider_unavailable: ['No connection, or an error of the provider (5xx).', 'Wait; or add a second target.'],
  malformed_response: ['The provider sent neither JSON nor events.', 'The owner checks the base URL and proxies.'],
  frame_too_large: [
    'One event of the provider is larger than `maxFrameBytes`.',
    'Raise it, if such events are meant to come.',
  ],
  empty_stream: ['The provider ended its stream without an answer.', 'Ask again.'],
  stream_interrupted: ['The provider broke off in the middle of its answer.', 'Ask again.'],
  stream_idle: ['The provider sent no byte for `timeouts.idleMs`.', 'Ask again; raise it for models that think long.'],
  first_content_timeout: [
    'A stream had no content within `timeouts.firstContentMs`.',
    'Ask again; or raise it, and `routing.deadlineMs`.',
  ],
  total_timeout: [
    'A whole answer took longer than `wholeMs`, or a stream longer than `streamMs`.',
    'Raise it; or stream.',
  ],
} as const satisfies Record<NexusErrorCode, readonly [means: string, mend: string]>;

const INTRODUCTION = `# Errors

<!-- Made from the table in src/errors.ts by test/package/errors-page.ts. Do not edit by hand. -->

Every failure leaves the hub as one class, \`NexusError\`, with a \`code\`. The table says what each code does. The row is
the behaviour: failover, circuit and HTTP read it, and nobody decides by the code itself.

- **HTTP**: status of the answer, when the answer has not begun. A stream that has begun ends with an error event.
- **type**, **code**: members of OpenAI's error body, so that its SDKs raise their own classes.
- **next**: another target is asked, as long as no content was delivered.
- **again**: the same target is asked again after a pause, as long as no content was delivered.
- **fault**: who caused it. Only faults of the provider count against its circuit.

In process, compare by \`code\`, and by \`isNexusError\` instead of \`instanceof\` (a program may load the ESM and the
CommonJS copy):

\`\`\`ts
import { isNexusError } from 'nexusai-hub';

try {
  await hub.chat.completions.create({ model: 'gpt-4o', messages });
} catch (error) {
  if (!isNexusError(error)) throw error;
  console.error(error.code, error.status, error.details.retryAfterMs, error.details.tried);
}
\`\`\`

An error holds no prompt, no key and no header value. \`error.cause\` may hold more; keep it in your log.
`;

/** The page about errors: the table, then each code in words. */
export function errorsPage(): string {
  const codes = Object.keys(MEANINGS).filter((code): code is NexusErrorCode => code in CODES);
  const table = [
    '| NexusError.code | HTTP | type | code over HTTP | next | again | fault |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...codes.map((code) => rowOf(code, CODES[code])),
  ];
  const words = [
    '| code | what happened | what helps |',
    '| --- | --- | --- |',
    ...codes.map((code) => `| \`${code}\` | ${MEANINGS[code].join(' | ')} |`),
  ];
  return `${INTRODUCTION}\n## The table\n\n${table.join('\n')}\n\n## In words\n\n${words.join('\n')}\n`;
}

function rowOf(code: NexusErrorCode, { status, type, askNext, askAgain, fault }: CodeRow): string {
  const shown = errorBodyOf(new NexusError(code, '')).error.code ?? '';
  const overHttp = shown === code ? 'the same' : `\`${shown}\``;
  const cells = [`\`${code}\``, status, `\`${type}\``, overHttp, yesOrNo(askNext), yesOrNo(askAgain), fault];
  return `| ${cells.join(' | ')} |`;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
