import type { ErrorCodes } from 'nexusai-hub/provider-kit';

/**
 * What Baidu's numbers mean; they come with HTTP 200 (providers.md section 5.5). 110 and 111 are answered with a new
 * token first. 336003 is many things: its words decide.
 */
export const LEGACY_ERROR_CODES: ErrorCodes = new Map([
  ['1', 'provider_unavailable'],
  ['2', 'provider_overloaded'],
  ['3', 'provider_not_found'],
  ['4', 'provider_rate_limited'],
  ['6', 'provider_denied'],
  ['13', 'provider_denied'],
  ['14', 'provider_denied'],
  ['15', 'provider_unavailable'],
  ['17', 'provider_quota_exhausted'],
  ['18', 'provider_rate_limited'],
  ['19', 'provider_quota_exhausted'],
  ['100', 'provider_denied'],
  ['110', 'provider_denied'],
  ['111', 'provider_denied'],
  ['336000', 'provider_unavailable'],
  ['336001', 'provider_rejected'],
  ['336002', 'provider_rejected'],
  ['336003', 'provider_rejected'],
  ['336004', 'provider_denied'],
  ['336005', 'provider_not_found'],
  ['336006', 'provider_rejected'],
  ['336007', 'context_length_exceeded'],
  ['336100', 'provider_overloaded'],
  ['336101', 'provider_rejected'],
  ['336102', 'provider_rejected'],
  ['336103', 'context_length_exceeded'],
  ['336104', 'provider_rejected'],
  ['336105', 'provider_rejected'],
  ['336501', 'provider_rate_limited'],
  ['336502', 'provider_rate_limited'],
  ['500000', 'provider_unavailable'],
]);
