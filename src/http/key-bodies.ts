import { z } from 'zod';
import type { KeyChanges, KeyInfo, MadeKey, NewKey } from '../key-control.ts';
import { KEY_VALUES, overlapSchema } from '../key-values.ts';

const { requestsPerMinute, tokensPerMinute, maxConcurrent, budgetUsd, allowedAddresses, ...plain } = KEY_VALUES;
const { expiresAtMs: _ms, ...same } = plain;

const members = z
  .strictObject({
    ...same,
    rpm: requestsPerMinute,
    tpm: tokensPerMinute,
    max_concurrent: maxConcurrent,
    budget_usd: budgetUsd,
    /** Unix seconds. */
    expires_at: z.number().min(0).max(253_402_300_799, 'expected Unix seconds').nullable(),
    allowed_addresses: allowedAddresses,
  })
  .partial();

/** `PATCH /keys/{id}`: what is named is changed. */
export const changedKeyBody = members.transform(changesIn);

/** `POST /keys`. */
export const newKeyBody = members
  .required({ name: true })
  .transform((body): NewKey => ({ ...changesIn(body), name: body.name }));

/** `POST /keys/{id}/rotate`. */
export const rotationBody = z
  .strictObject({ overlap_ms: overlapSchema.optional() })
  .transform(({ overlap_ms: overlapMs }) => ({ overlapMs }));

function changesIn({
  rpm,
  tpm,
  max_concurrent,
  budget_usd,
  expires_at,
  allowed_addresses,
  ...rest
}: z.output<typeof members>): KeyChanges {
  return {
    ...rest,
    requestsPerMinute: rpm,
    tokensPerMinute: tpm,
    maxConcurrent: max_concurrent,
    budgetUsd: budget_usd,
    expiresAtMs: expires_at && Math.round(expires_at * 1000),
    allowedAddresses: allowed_addresses,
  };
}

/** A key as the API shows it; times as OpenAI has them, in Unix seconds. */
export function keyBody(key: KeyInfo): object {
  return {
    object: 'key',
    id: key.id,
    name: key.name,
    owner: key.owner,
    role: key.role,
    prefix: key.prefix,
    last4: key.last4,
    previous: key.previous.map(({ prefix, last4, validUntilMs }) => ({
      prefix,
      last4,
      valid_until: validUntilMs / 1000,
    })),
    models: key.models,
    providers: key.providers,
    rpm: key.requestsPerMinute,
    tpm: key.tokensPerMinute,
    max_concurrent: key.maxConcurrent,
    budget_usd: key.budgetUsd,
    priority: key.priority,
    expires_at: key.expiresAtMs === null ? null : key.expiresAtMs / 1000,
    allowed_addresses: key.allowedAddresses,
    disabled: key.disabled,
    signature: key.signature,
    created_at: Math.floor(key.createdAtMs / 1000),
    updated_at: Math.floor(key.updatedAtMs / 1000),
    last_used_at: key.lastUsedAtMs === null ? null : Math.floor(key.lastUsedAtMs / 1000),
  };
}

/** The same, with its secret: the one answer that shows it. */
export function madeKeyBody({ key, secret }: MadeKey): object {
  return { ...keyBody(key), secret: secret.reveal() };
}
