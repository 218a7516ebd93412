import type { AnswerStream } from './answer-stream.ts';
import { formBodyOf } from './form-body.ts';
import type { Gateway } from './gateway.ts';
import { withHead } from './in-process.ts';
import type {
  ImageEditRequest,
  ImageRequest,
  ImagesAnswer,
  ImageVariationRequest,
  OperationEvent,
  SpeechRequest,
  SpokenText,
  TranscriptionRequest,
  TranslationRequest,
} from './openai/operation-types.ts';
import type { OperationStream } from './operation-stream.ts';
import { answerOf, jsonOf, passOn, type Plain, Resource, type Streaming, textOf, wantsStream } from './pass-on.ts';
import type { ForwardPiece } from './ports/index.ts';
import type { RequestOptions } from './request-options.ts';

/** `hub.images`, in the shape of the OpenAI SDK. */
export class Images extends Resource {
  /**
   * Asks for pictures: events with `stream: true`, else a whole answer.
   * @throws NexusError
   */
  generate(body: Plain<ImageRequest>, options?: RequestOptions): Promise<ImagesAnswer>;
  generate(body: Streaming<ImageRequest>, options?: RequestOptions): Promise<OperationStream<OperationEvent>>;
  generate(body: ImageRequest, options?: RequestOptions): Promise<ImagesAnswer | OperationStream<OperationEvent>>;
  generate(body: ImageRequest, options: RequestOptions = {}): Promise<ImagesAnswer | OperationStream<OperationEvent>> {
    return answerOf(this.gateway, 'image_generations', body, options, wantsStream(body));
  }

  /**
   * Asks for a change to pictures: events with `stream: true`, else a whole answer.
   * @throws NexusError
   */
  edit(body: Plain<ImageEditRequest>, options?: RequestOptions): Promise<ImagesAnswer>;
  edit(body: Streaming<ImageEditRequest>, options?: RequestOptions): Promise<OperationStream<OperationEvent>>;
  edit(body: ImageEditRequest, options?: RequestOptions): Promise<ImagesAnswer | OperationStream<OperationEvent>>;
  async edit(
    body: ImageEditRequest,
    options: RequestOptions = {},
  ): Promise<ImagesAnswer | OperationStream<OperationEvent>> {
    return answerOf(this.gateway, 'image_edits', await formBodyOf(body), options, wantsStream(body));
  }

  /**
   * Asks for pictures like this one.
   * @throws NexusError
   */
  async createVariation(body: ImageVariationRequest, options: RequestOptions = {}): Promise<ImagesAnswer> {
    return jsonOf(await passOn(this.gateway, 'image_variations', await formBodyOf(body), options));
  }
}

/** `hub.audio.speech`, in the shape of the OpenAI SDK. */
export class Speech extends Resource {
  /**
   * Asks for a text to be spoken. The sound is the answer's body, and comes while it is made; cancelling the body stops
   * the provider.
   * @throws NexusError
   */
  async create(body: SpeechRequest, options: RequestOptions = {}): Promise<Response> {
    const { head, contentType, body: sound } = await passOn(this.gateway, 'speech', body, options);
    const stream = sound instanceof Uint8Array ? new Uint8Array(sound) : readableOf(sound);
    return withHead(new Response(stream, { headers: { 'content-type': contentType } }), head);
  }
}

/** Reads only what is asked for, so that a slow listener slows the provider. */
function readableOf(stream: AnswerStream<ForwardPiece>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await stream.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === 'string' ? new TextEncoder().encode(value) : value);
      },
      cancel() {
        stream.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

/** `hub.audio.transcriptions`, in the shape of the OpenAI SDK. */
export class Transcriptions extends Resource {
  /**
   * Asks for the text of speech: events with `stream: true`, a text for the formats that are no JSON, else an object.
   * @throws NexusError
   */
  create(
    body: Plain<TranscriptionRequest> & { response_format: 'text' | 'srt' | 'vtt' },
    options?: RequestOptions,
  ): Promise<string>;
  create(body: Plain<TranscriptionRequest>, options?: RequestOptions): Promise<SpokenText>;
  create(body: Streaming<TranscriptionRequest>, options?: RequestOptions): Promise<OperationStream<OperationEvent>>;
  async create(
    body: TranscriptionRequest,
    options: RequestOptions = {},
  ): Promise<string | SpokenText | OperationStream<OperationEvent>> {
    const form = await formBodyOf(body);
    if (!isText(body))
      return answerOf<SpokenText, OperationEvent>(this.gateway, 'transcriptions', form, options, wantsStream(body));
    return textOf(await passOn(this.gateway, 'transcriptions', form, options));
  }
}

/** `hub.audio.translations`, in the shape of the OpenAI SDK. */
export class Translations extends Resource {
  /**
   * Asks for the text of speech in English: a text for the formats that are no JSON, else an object.
   * @throws NexusError
   */
  create(
    body: TranslationRequest & { response_format: 'text' | 'srt' | 'vtt' },
    options?: RequestOptions,
  ): Promise<string>;
  create(body: TranslationRequest, options?: RequestOptions): Promise<SpokenText>;
  async create(body: TranslationRequest, options: RequestOptions = {}): Promise<string | SpokenText> {
    const passed = await passOn(this.gateway, 'translations', await formBodyOf(body), options);
    return isText(body) ? textOf(passed) : jsonOf<SpokenText>(passed);
  }
}

/** Formats that are JSON have it in their names. */
function isText({ response_format: format = 'json' }: { readonly response_format?: string }): boolean {
  return !format.includes('json');
}

/** `hub.audio`, in the shape of the OpenAI SDK. */
export class Audio {
  readonly speech: Speech;
  readonly transcriptions: Transcriptions;
  readonly translations: Translations;

  constructor(gateway: Gateway) {
    this.speech = new Speech(gateway);
    this.transcriptions = new Transcriptions(gateway);
    this.translations = new Translations(gateway);
  }
}
