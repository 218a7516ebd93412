/**
 * Bodies of the operations that are passed on, as the OpenAI SDK has them: what the hub reads or a program needs to tell
 * one form of answer from another. Other members go along as they are; requests of the SDK's types fit.
 */

/** Body of `POST /v1/responses`. */
export interface ResponseRequest {
  /** Has to be named, here or by the SDK's own type. */
  model?: string;
  /** A text, or items. */
  input?: string | object[];
  instructions?: string | null;
  previous_response_id?: string | null;
  stream?: boolean | null;
}

/** Something a model put out: a message, the call of a tool, reasoning. More members stand in it than these. */
export interface ResponseItem {
  readonly type: string;
  readonly id?: string;
  readonly status?: string;
  readonly role?: string;
  readonly content?: readonly { readonly type: string; readonly text?: string; readonly refusal?: string }[];
  /** Of a call. */
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
}

/** Answer of `POST /v1/responses`. */
export interface ResponseAnswer {
  readonly id: string;
  readonly object: 'response';
  readonly created_at: number;
  readonly model: string;
  readonly status?: string;
  readonly output: readonly ResponseItem[];
  /** All text of the output, joined: the SDK adds it, and so does the hub. */
  readonly output_text: string;
  readonly error?: { readonly code: string; readonly message: string } | null;
  readonly incomplete_details?: { readonly reason?: string } | null;
  readonly usage?: { readonly input_tokens: number; readonly output_tokens: number; readonly total_tokens: number };
}

/** An event of a streamed answer; its other members depend on its type (providers.md 3.6 and 3.7). */
export interface OperationEvent {
  readonly type: string;
  /** What an event that ends in `.delta` brings. */
  readonly delta?: string;
  readonly sequence_number?: number;
  readonly [member: string]: unknown;
}

/** Body of `POST /v1/completions`. */
export interface CompletionRequest {
  model: string;
  prompt: string | string[] | number[] | number[][] | null;
  stream?: boolean | null;
}

/** Answer of `POST /v1/completions`, and an event of its stream. */
export interface TextCompletion {
  id: string;
  object: 'text_completion';
  created: number;
  model: string;
  choices: { index: number; text: string; finish_reason: 'stop' | 'length' | 'content_filter'; logprobs: null }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** Body of `POST /v1/moderations`. */
export interface ModerationRequest {
  /** @default 'omni-moderation-latest' */
  model?: string;
  input: string | string[] | object[];
}

/** Answer of `POST /v1/moderations`. */
export interface ModerationAnswer {
  readonly id: string;
  readonly model: string;
  readonly results: readonly {
    readonly flagged: boolean;
    readonly categories: Readonly<Record<string, boolean>>;
    readonly category_scores: Readonly<Record<string, number>>;
  }[];
}

/** Body of `POST /v1/images/generations`. */
export interface ImageRequest {
  prompt: string;
  model?: string | null;
  stream?: boolean | null;
}

/** A piece of a file that is read in pieces. */
export type UploadPart = string | Blob | ArrayBuffer | ArrayBufferView;

/**
 * What a file may be given as: a `File` or `Blob`, its bytes, an answer of `fetch`, or what is read in pieces, with its
 * name or (as Node's streams have it) its `path`. Servers tell its format by the name.
 */
export type Upload =
  | Blob
  | Uint8Array
  | { readonly url: string; blob(): Promise<Blob> }
  | AsyncIterable<UploadPart>
  | {
      readonly data: AsyncIterable<UploadPart> | ReadableStream<UploadPart>;
      readonly name: string;
      readonly type?: string | undefined;
    };

/** Body of `POST /v1/images/edits`. */
export interface ImageEditRequest extends ImageRequest {
  image: Upload | Upload[];
  mask?: Upload;
}

/** Body of `POST /v1/images/variations`. */
export interface ImageVariationRequest {
  image: Upload;
  model?: string | null;
}

/** Answer of `POST /v1/images/*`. */
export interface ImagesAnswer {
  created: number;
  data?: { b64_json?: string; url?: string; revised_prompt?: string }[];
}

/** Body of `POST /v1/audio/speech`. */
export interface SpeechRequest {
  model: string;
  input: string;
  voice: string | object;
}

/** Body of `POST /v1/audio/transcriptions`. */
export interface TranscriptionRequest {
  file: Upload;
  model: string;
  /** @default 'json' */
  response_format?: string;
  stream?: boolean | null;
}

/** Body of `POST /v1/audio/translations`. */
export interface TranslationRequest {
  file: Upload;
  model: string;
  /** @default 'json' */
  response_format?: string;
}

/** Text of speech. `verbose_json` and others bring more. */
export interface SpokenText {
  text: string;
}
