import { isJsonObject } from '../openai/json.ts';

/** What a quota that starts anew each day is called among the names of causes; Google has no name for it. */
export const DAILY_QUOTA = 'quota_per_day';

/**
 * The cause of an error of Google's, which its `details` tell more exactly than its code: `API_KEY_INVALID` inside a 400
 * (`ErrorInfo`), or a daily quota inside a 429 (`QuotaFailure`), for which waiting a minute does not help.
 */
export function causeInDetails(details: unknown): string | undefined {
  if (!Array.isArray(details)) return undefined;
  const entries = details.filter(isJsonObject);
  const isDaily = entries.some(({ violations }) => Array.isArray(violations) && violations.some(isPerDay));
  if (isDaily) return DAILY_QUOTA;
  const reason = entries.map((entry) => entry['reason']).find((one) => typeof one === 'string');
  return typeof reason === 'string' ? reason : undefined;
}

function isPerDay(violation: unknown): boolean {
  return isJsonObject(violation) && typeof violation['quotaId'] === 'string' && violation['quotaId'].includes('PerDay');
}
