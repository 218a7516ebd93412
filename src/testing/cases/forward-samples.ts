import type { ForwardOperation } from '../../ports/forward.ts';
import type { UpstreamEvent } from '../dialect.ts';

/** An answer in events, in the order they come. */
export interface EventSample {
  /** They say that work has begun, and no more. */
  readonly beginnings: readonly UpstreamEvent[];
  readonly content: readonly UpstreamEvent[];
  /** Without them the answer is not complete. */
  readonly end: readonly UpstreamEvent[];
  /** True: `[DONE]` follows. */
  readonly hasEndMark: boolean;
  /** An event of this operation that says it failed, beside the plain error. */
  readonly failed?: (code: string, words: string) => UpstreamEvent;
}

/** A request of an operation and its answers, as OpenAI has them (providers.md 3.6 and 3.7). */
export interface ForwardSample {
  readonly operation: ForwardOperation;
  /** Text of a JSON body, spaced as nobody prints it; or the bytes of a form. */
  readonly body: (streamed: boolean) => string | Uint8Array;
  /** Media type and bytes of a whole answer, spaced so, too. */
  readonly whole: readonly [contentType: string, body: string | Uint8Array];
  /** True: what the answer is made of is not JSON, so that its end is only HTTP's. */
  readonly isBinary?: boolean;
  /** Absent: it does not stream. */
  readonly events?: EventSample;
  /** True: its answers tell `USED`. */
  readonly hasUsage: boolean;
  /** What later requests go on from. */
  readonly responseId?: string;
}

/** Tokens that answers tell: of the prompt, of the answer, together. */
export const USED: readonly number[] = [5, 7, 12];

const OLD_USAGE = '"usage":{ "prompt_tokens":5,"completion_tokens":7, "total_tokens":12}';
const NEW_USAGE = '"usage":{ "input_tokens":5,"output_tokens":7, "total_tokens":12}';
const ODD = '"x_unknown": {"a":[1.0, 2e3, "\\u4f60"]}';
const JSON_TYPE = 'application/json';

/** Every value of a byte, and more than a read has. */
const SOUND: Uint8Array = Uint8Array.from({ length: 70_000 }, (_value, place) => place % 256);

const FORM_BOUNDARY = 'x-case-9f27c1';
/** Media type of the forms below. */
export const FORM_TYPE: string = `multipart/form-data; boundary=${FORM_BOUNDARY}`;

export const FORWARD_SAMPLES: readonly ForwardSample[] = [
  {
    operation: 'completions',
    // It asks for its usage, so that no provider has to.
    body: (streamed) =>
      `{ "model":"test-model",\n "prompt":"héllo 你好", ${ODD}${streamed ? ', "stream":true,"stream_options":{"include_usage":true}' : ''}}`,
    whole: [
      JSON_TYPE,
      `{"id":"cmpl-1",  "object":"text_completion","choices":[{"index":0,"text":"你好","finish_reason":"stop"}],${OLD_USAGE},${ODD}}`,
    ],
    events: {
      beginnings: [completion('')],
      content: [completion('你'), { data: completion('👋🏽').data.replace('{', `{${ODD},`) }],
      end: [completion('', 'stop'), { data: `{"id":"cmpl-1","object":"text_completion","choices":[],${OLD_USAGE}}` }],
      hasEndMark: true,
    },
    hasUsage: true,
  },
  {
    operation: 'moderations',
    body: () => `{ "input":"今天天气真好",  "model":"test-model",${ODD}}`,
    whole: [JSON_TYPE, `{"id":"modr-1",  "model":"test-model","results":[{"flagged":false}],${ODD}}`],
    hasUsage: false,
  },
  {
    operation: 'responses',
    body: (streamed) => `{"model":"test-model",  "input":"héllo 你好",${ODD}${streamed ? ', "stream":true' : ''} }`,
    whole: [
      JSON_TYPE,
      `{"id":"resp_case",  "object":"response","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"你好"}]}],${NEW_USAGE},${ODD}}`,
    ],
    events: {
      beginnings: [
        typed('response.created', '"response":{"id":"resp_case","object":"response","status":"in_progress"}'),
        typed('response.in_progress', '"response":{"id":"resp_case","object":"response","status":"in_progress"}'),
      ],
      content: [
        typed('response.output_text.delta', '"delta":"你"'),
        typed('response.output_text.delta', '"delta":"👋🏽"'),
      ],
      end: [
        typed(
          'response.completed',
          `"response":{"id":"resp_case","object":"response","status":"completed","output":[],${NEW_USAGE}}`,
        ),
      ],
      hasEndMark: false,
      failed: (code, words) =>
        typed('response.failed', `"response":{"id":"resp_case","error":${JSON.stringify({ code, message: words })}}`),
    },
    hasUsage: true,
    responseId: 'resp_case',
  },
  {
    operation: 'image_generations',
    body: (streamed) => `{"prompt":"一只猫",  "model":"test-model",${ODD}${streamed ? ', "stream":true' : ''} }`,
    whole: [JSON_TYPE, `{"created":1,  "data":[{"b64_json":"aGVsbG8="}],${NEW_USAGE},${ODD}}`],
    events: picture('image_generation'),
    hasUsage: true,
  },
  {
    operation: 'image_edits',
    body: (streamed) =>
      form({ model: 'test-model', prompt: '一顶帽子', ...(streamed ? { stream: 'true' } : {}) }, 'image'),
    whole: [JSON_TYPE, `{"created":1,  "data":[{"b64_json":"aGVsbG8="}],${NEW_USAGE},${ODD}}`],
    events: picture('image_edit'),
    hasUsage: true,
  },
  {
    operation: 'image_variations',
    body: () => form({ model: 'test-model', n: '2' }, 'image'),
    whole: [JSON_TYPE, `{"created":1,  "data":[{"url":"https://files.example.com/a"}],${ODD}}`],
    hasUsage: false,
  },
  {
    operation: 'speech',
    body: (streamed) =>
      `{"input":"你好",  "model":"test-model", "voice":"alloy",${ODD}${streamed ? ', "stream_format":"sse"' : ''} }`,
    whole: ['audio/mpeg', SOUND],
    isBinary: true,
    events: {
      beginnings: [],
      content: [typed('speech.audio.delta', '"audio":"aGVs"'), typed('speech.audio.delta', '"audio":"bG8="')],
      end: [typed('speech.audio.done', NEW_USAGE)],
      hasEndMark: false,
    },
    hasUsage: true,
  },
  {
    operation: 'transcriptions',
    body: (streamed) => form({ model: 'test-model', ...(streamed ? { stream: 'true' } : {}) }, 'file'),
    whole: [JSON_TYPE, `{"text":"你好",  ${NEW_USAGE},${ODD}}`],
    events: {
      beginnings: [],
      content: [typed('transcript.text.delta', '"delta":"你"'), typed('transcript.text.delta', '"delta":"好"')],
      end: [typed('transcript.text.done', `"text":"你好",${NEW_USAGE}`)],
      hasEndMark: false,
    },
    hasUsage: true,
  },
  {
    operation: 'translations',
    body: () => form({ model: 'test-model', response_format: 'srt' }, 'file'),
    whole: ['text/plain; charset=utf-8', '1\n00:00:00,000 --> 00:00:01,000\nHello, 世界\n'],
    isBinary: true,
    hasUsage: false,
  },
];

/** All events of an answer that is complete. */
export function eventsOf({ beginnings, content, end, hasEndMark }: EventSample): readonly UpstreamEvent[] {
  return [...beginnings, ...content, ...end, ...(hasEndMark ? [{ data: '[DONE]' }] : [])];
}

function completion(text: string, finish: string | null = null): UpstreamEvent {
  const choice = JSON.stringify({ index: 0, text, logprobs: null, finish_reason: finish });
  return { data: `{"id":"cmpl-1",  "choices":[${choice}]}` };
}

/** An event that is named twice, as OpenAI does it. */
function typed(type: string, members: string): UpstreamEvent {
  return { event: type, data: `{"type":"${type}",  ${members}}` };
}

function picture(what: string): EventSample {
  return {
    beginnings: [],
    content: [typed(`${what}.partial_image`, '"b64_json":"aGVs","partial_image_index":0')],
    end: [typed(`${what}.completed`, `"b64_json":"aGVsbG8=",${NEW_USAGE}`)],
    hasEndMark: false,
  };
}

/** A form whose file holds every byte, line ends and what looks like a boundary. */
function form(fields: Readonly<Record<string, string>>, file: string): Uint8Array {
  const text = Object.entries(fields)
    .map(([name, value]) => `--${FORM_BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const head = `--${FORM_BOUNDARY}\r\ncontent-disposition: form-data; name="${file}"; filename="猫.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const end = `\r\n--${FORM_BOUNDARY.slice(0, -1)}\r\n\r\n--${FORM_BOUNDARY}--\r\n`;
  return Buffer.concat([Buffer.from(text + head), SOUND.subarray(0, 1000), Buffer.from(end)]);
}
