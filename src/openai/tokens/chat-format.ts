import { baseModelOf } from './base-model.ts';

/** What the format of chat adds to the tokens of what was said. */
export interface ChatFormat {
  readonly perMessage: number;
  /** Whether the role is spelled out in tokens. */
  readonly countsRole: boolean;
  /** With a name, beside the name's own tokens. */
  readonly perName: number;
  /** For each answer of the model in the history. */
  readonly perAnswer: number;
  /** Once, for the answer to begin. */
  readonly atEnd: number;
  /** Once, where there are tools, beside the text they are shown as. */
  readonly forTools: number;
  /** What of it is saved where there is a system message to put them into. */
  readonly toolsInSystem: number;
  /** Whether counts of plain messages in this format have been published, and fit. */
  readonly isPublished: boolean;
}

/** OpenAI cookbook, "How to count tokens with tiktoken": gpt-3.5-turbo-0613 to gpt-4o. */
const CLASSIC: ChatFormat = {
  perMessage: 3,
  countsRole: true,
  perName: 1,
  perAnswer: 0,
  atEnd: 3,
  forTools: 9,
  toolsInSystem: 4,
  isPublished: true,
};

/** The longest beginning that fits comes first; sources are in providers.md 12.2. */
const FORMATS: readonly (readonly [beginning: string, format: Partial<ChatFormat>])[] = [
  // Recorded once: nothing but the text.
  [
    'gpt-4o-mini-search-preview',
    { perMessage: 0, countsRole: false, perName: 0, atEnd: 0, forTools: 0, isPublished: false },
  ],
  ['gpt-3.5-turbo-0301', { perMessage: 4, perName: -1 }],
  ['gpt-3.5', {}],
  ['gpt-4.1', { isPublished: false }],
  ['gpt-4.5', { isPublished: false }],
  ['gpt-35', {}],
  ['gpt-4o', {}],
  // Recorded from gpt-5-nano.
  ['gpt-5', { perAnswer: 2, atEnd: 2, forTools: 91, toolsInSystem: 1, isPublished: false }],
  ['gpt-4', {}],
];

const UNKNOWN: ChatFormat = { ...CLASSIC, isPublished: false };

/** The chat format of a model; the usual one of OpenAI where it is not known. */
export function chatFormatOf(model: string): ChatFormat {
  const name = baseModelOf(model);
  const row = FORMATS.find(([beginning]) => name.startsWith(beginning));
  return row ? { ...CLASSIC, ...row[1] } : UNKNOWN;
}
