import type { JsonObject } from 'nexusai-hub/ports';
import {
  type AnswerDialect,
  collectChunks,
  type EventTranslation,
  isJsonObject,
  parseExact,
  type TranslatedEvent,
} from 'nexusai-hub/provider-kit';

import { Candidate } from './candidate.ts';
import { usageOfMetadata } from './usage.ts';

/** Answers of `generateContent`, whose whole form is one event of the streamed one. `parallel` false: one call at most. */
export function geminiDialect(parallel: boolean): AnswerDialect {
  const stream = (): EventTranslation => {
    const answer = new GeminiAnswer(parallel);
    return (raw, { data }) => answer.translated(exact(raw, () => data));
  };
  return {
    stream,
    completion(raw, text) {
      const { chunks, atEnd = [] } = new GeminiAnswer(parallel).translated(exact(raw, text));
      return collectChunks([...chunks, ...atEnd]);
    },
  };
}

/** Arguments are objects here and text for the caller: read once more, no number of theirs is printed otherwise. */
function exact(raw: JsonObject, text: () => string): JsonObject {
  const candidates = listIn(raw['candidates']);
  if (!candidates.some((candidate) => partsIn(candidate).some(isCall))) return raw;
  const again = parseExact(text());
  const exactCandidates = listIn(isJsonObject(again) ? again['candidates'] : undefined);
  return {
    ...raw,
    candidates: candidates.map((candidate, place) => {
      const exactParts = partsIn(exactCandidates[place]);
      const parts = partsIn(candidate).map((part, index) =>
        isCall(part) ? { ...part, functionCall: exactParts[index]?.['functionCall'] } : part,
      );
      return { ...candidate, content: { parts } };
    }),
  };
}

function isCall(part: JsonObject): boolean {
  return 'functionCall' in part;
}

function partsIn(candidate: JsonObject | undefined): JsonObject[] {
  const content = candidate?.['content'];
  return listIn(isJsonObject(content) ? content['parts'] : undefined);
}

function listIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** One answer, event by event (providers.md section 9.2): each has new parts, and totals. */
class GeminiAnswer {
  readonly #parallel: boolean;
  readonly #candidates = new Map<number, Candidate>();

  constructor(parallel: boolean) {
    this.#parallel = parallel;
  }

  translated(event: JsonObject): TranslatedEvent {
    const { responseId: id, modelVersion: model, candidates, usageMetadata, promptFeedback } = event;
    const listed = listIn(candidates);
    const choices = listed.flatMap((raw, place) => this.#candidate(raw['index'], place).choices(raw));
    if (listed.length === 0) choices.push(...refused(promptFeedback));
    const head = { id, model };
    const chunks = choices.map((choice) => ({ ...head, choices: [choice] }));
    const usage = isJsonObject(usageMetadata) ? [{ ...head, choices: [], usage: usageOfMetadata(usageMetadata) }] : [];
    // Older models name the end on every event: it is one only when nothing follows.
    const ends = [...this.#candidates.values()].flatMap((candidate) => candidate.end());
    return { chunks: [...chunks, ...usage], atEnd: ends.length === 0 ? [] : [{ choices: ends }] };
  }

  #candidate(index: unknown, place: number): Candidate {
    const known = typeof index === 'number' ? index : place;
    let candidate = this.#candidates.get(known);
    if (!candidate) this.#candidates.set(known, (candidate = new Candidate(known, this.#parallel)));
    return candidate;
  }
}

/** A prompt that was refused has no candidates, under status 200: an answer without a word, whatever the reason is called. */
function refused(feedback: unknown): JsonObject[] {
  const reason = isJsonObject(feedback) ? feedback['blockReason'] : undefined;
  if (typeof reason !== 'string') return [];
  const finish = { finish_reason: 'content_filter', native_finish_reason: reason };
  return [{ index: 0, delta: { role: 'assistant', content: '' }, ...finish, promptFeedback: feedback }];
}
