import type { JsonObject } from 'nexusai-hub/ports';
import { type AnswerDialect, isJsonObject } from 'nexusai-hub/provider-kit';

/** What the content filter says: about the prompt at the top (two names, by version), about the answer in each choice. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'prompt_filter_results',
  'prompt_annotations',
  'content_filter_results',
  'content_filter_offsets',
]);

/** Azure's answers with the results of its content filter left out. */
export const withoutAnnotations: AnswerDialect = {
  completion: bare,
  stream: () => (raw) => {
    const chunk = bare(raw);
    return { chunks: chunk === raw || saysSomething(chunk) ? [chunk] : [] };
  },
};

/** False: there was nothing but annotations. */
function saysSomething(chunk: JsonObject): boolean {
  const choices = chunk['choices'];
  if (isJsonObject(chunk['usage']) || !Array.isArray(choices)) return true;
  return choices.some((choice) => isJsonObject(choice) && (isJsonObject(choice['delta']) || choice['finish_reason']));
}

function bare(raw: JsonObject): JsonObject {
  const choices = raw['choices'];
  const kept = withoutNamed(raw);
  if (!Array.isArray(choices)) return kept;
  const list: readonly unknown[] = choices;
  const bareChoices = list.map((choice) => (isJsonObject(choice) ? withoutNamed(choice) : choice));
  return bareChoices.every((choice, place) => choice === list[place]) ? kept : { ...kept, choices: bareChoices };
}

/** The same object where there is nothing to leave out. */
function withoutNamed(raw: JsonObject): JsonObject {
  const entries = Object.entries(raw);
  const kept = entries.filter(([name]) => !ANNOTATIONS.has(name));
  return kept.length === entries.length ? raw : Object.fromEntries(kept);
}
