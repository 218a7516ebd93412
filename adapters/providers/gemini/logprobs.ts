import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/** `logprobsResult` in chat completions' words; `undefined` when there is none. */
export function logprobsOf(result: unknown): JsonObject | undefined {
  if (!isJsonObject(result)) return undefined;
  const chosen = listIn(result['chosenCandidates']);
  const tops = listIn(result['topCandidates']);
  const content = chosen.map((one, place) => ({
    ...tokenOf(one),
    top_logprobs: listIn(tops[place]?.['candidates']).map(tokenOf),
  }));
  return { content, refusal: null };
}

function tokenOf({ token, logProbability }: JsonObject): JsonObject {
  const text = typeof token === 'string' ? token : '';
  return { token: text, logprob: logProbability, bytes: [...Buffer.from(text)] };
}

function listIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
