import { isJsonObject } from './json.ts';
import type { Usage } from './types.ts';
import { isCount } from './usage.ts';

/**
 * The tokens of one answer, each in one bucket: what vendors price apart, without overlap. Together they are the prompt
 * and the completion.
 */
export interface UsageBuckets {
  /** Of the prompt: whatever is in no other bucket. */
  readonly input: number;
  /** Of the prompt: read from a cache, sound left out. */
  readonly cachedInput: number;
  /** Of the prompt: sound that was read from a cache. */
  readonly cachedAudioInput: number;
  /** Of the prompt: written to a cache for a short time. */
  readonly cacheWrite: number;
  /** Of the prompt: written to a cache for an hour. */
  readonly cacheWrite1h: number;
  readonly audioInput: number;
  readonly imageInput: number;
  /** Of the completion: whatever is in no other bucket. */
  readonly output: number;
  readonly reasoning: number;
  readonly audioOutput: number;
  readonly imageOutput: number;
}

/**
 * Sorts a usage in normal form into buckets.
 *
 * A detail never takes more than is left of what it is part of, so that nothing is counted twice, whatever a provider
 * says. Where cached sound or pictures are not told apart, the cache is taken to hold text first.
 */
export function bucketsOf(usage: Usage): UsageBuckets {
  const { prompt_tokens: prompt, completion_tokens: completion, cache_creation: creation } = usage;
  const details = membersOf(usage.prompt_tokens_details);
  const cachedDetails = membersOf(details['cached_tokens_details']);
  const answered = membersOf(usage.completion_tokens_details);

  const cached = partOf(prompt, details['cached_tokens']);
  const cachedAudioInput = partOf(cached, cachedDetails['audio_tokens']);
  const cachedImage = partOf(cached - cachedAudioInput, cachedDetails['image_tokens']);
  const written = partOf(prompt - cached, details['cache_write_tokens']);
  const cacheWrite1h = partOf(written, membersOf(creation)['ephemeral_1h_input_tokens']);
  const fresh = prompt - cached - written;
  const audioInput = partOf(fresh, details['audio_tokens'], cachedAudioInput);
  const imageInput = partOf(fresh - audioInput, details['image_tokens'], cachedImage);

  const audioOutput = partOf(completion, answered['audio_tokens']);
  const imageOutput = partOf(completion - audioOutput, answered['image_tokens']);
  const reasoning = partOf(completion - audioOutput - imageOutput, answered['reasoning_tokens']);
  return {
    input: fresh - audioInput - imageInput,
    cachedInput: cached - cachedAudioInput,
    cachedAudioInput,
    cacheWrite: written - cacheWrite1h,
    cacheWrite1h,
    audioInput,
    imageInput,
    output: completion - audioOutput - imageOutput - reasoning,
    reasoning,
    audioOutput,
    imageOutput,
  };
}

/** How much of `whole` a detail says it is, without what of it was counted elsewhere. */
function partOf(whole: number, told: unknown, countedElsewhere = 0): number {
  return isCount(told) ? Math.min(whole, Math.max(0, told - countedElsewhere)) : 0;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : NONE;
}

const NONE: Readonly<Record<string, unknown>> = {};
