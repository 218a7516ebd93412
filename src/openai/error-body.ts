import type { NexusError, NexusErrorCode } from '../errors.ts';
import { asNexusError, rowOf } from '../errors.ts';
import type { ErrorBody } from './types.ts';

/** Codes that have a name of OpenAI's own, which users of its SDKs compare with. */
const OPENAI_NAMES: Partial<Record<NexusErrorCode, string>> = {
  unauthenticated: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  provider_rate_limited: 'rate_limit_exceeded',
  provider_limit_exceeded: 'rate_limit_exceeded',
  provider_quota_exhausted: 'insufficient_quota',
  content_filtered: 'content_filter',
};

const INTERNAL_MESSAGE = asNexusError(undefined).message;

/** An error as OpenAI would word it, so that its SDKs raise their own classes. `internal` tells nothing of its cause. */
export function errorBodyOf(error: NexusError): ErrorBody {
  return {
    error: {
      message: error.code === 'internal' ? INTERNAL_MESSAGE : error.message,
      type: rowOf(error).type,
      code: OPENAI_NAMES[error.code] ?? error.code,
      param: error.details.param ?? null,
    },
  };
}
