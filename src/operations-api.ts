import type {
  CompletionRequest,
  ModerationAnswer,
  ModerationRequest,
  OperationEvent,
  ResponseAnswer,
  ResponseItem,
  ResponseRequest,
  TextCompletion,
} from './openai/operation-types.ts';
import { OperationStream } from './operation-stream.ts';
import { answerOf, jsonOf, passOn, type Plain, Resource, type Streaming, wantsStream } from './pass-on.ts';
import type { RequestOptions } from './request-options.ts';

/** `hub.responses`, in the shape of the OpenAI SDK. */
export class Responses extends Resource {
  /**
   * Asks by the Responses API: events with `stream: true`, else a whole answer.
   * @throws NexusError
   */
  create(body: Plain<ResponseRequest>, options?: RequestOptions): Promise<ResponseAnswer>;
  create(body: Streaming<ResponseRequest>, options?: RequestOptions): Promise<OperationStream<OperationEvent>>;
  create(body: ResponseRequest, options?: RequestOptions): Promise<ResponseAnswer | OperationStream<OperationEvent>>;
  async create(
    body: ResponseRequest,
    options: RequestOptions = {},
  ): Promise<ResponseAnswer | OperationStream<OperationEvent>> {
    const answer = await answerOf<ResponseAnswer, OperationEvent>(
      this.gateway,
      'responses',
      body,
      options,
      wantsStream(body),
    );
    if (!(answer instanceof OperationStream)) Object.assign(answer, { output_text: outputTextOf(answer.output) });
    return answer;
  }
}

function outputTextOf(output: readonly ResponseItem[] | undefined): string {
  const parts = (output ?? []).flatMap(({ type, content }) => (type === 'message' ? (content ?? []) : []));
  return parts.map(({ type, text }) => (type === 'output_text' ? (text ?? '') : '')).join('');
}

/** `hub.completions`, in the shape of the OpenAI SDK. */
export class Completions extends Resource {
  /**
   * Asks for an older completion: events with `stream: true`, else a whole answer.
   * @throws NexusError
   */
  create(body: Plain<CompletionRequest>, options?: RequestOptions): Promise<TextCompletion>;
  create(body: Streaming<CompletionRequest>, options?: RequestOptions): Promise<OperationStream<TextCompletion>>;
  create(body: CompletionRequest, options?: RequestOptions): Promise<TextCompletion | OperationStream<TextCompletion>>;
  create(
    body: CompletionRequest,
    options: RequestOptions = {},
  ): Promise<TextCompletion | OperationStream<TextCompletion>> {
    return answerOf(this.gateway, 'completions', body, options, wantsStream(body));
  }
}

/** `hub.moderations`, in the shape of the OpenAI SDK. */
export class Moderations extends Resource {
  /**
   * Asks whether texts or pictures are harmful.
   * @throws NexusError
   */
  async create(body: ModerationRequest, options: RequestOptions = {}): Promise<ModerationAnswer> {
    return jsonOf(await passOn(this.gateway, 'moderations', body, options));
  }
}
