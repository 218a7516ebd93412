import type { Call } from './call.ts';
import { guessPromptTokens } from './guess-prompt-tokens.ts';
import type { Estimate, Operation, RequestFacts } from './ports/index.ts';

/** What the longest answer is called, the newer names first. */
const MOST_TOKENS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** The facts of one call: what routers, balancers and limiters may look at. */
export class CallFacts implements RequestFacts, Estimate {
  readonly model: string;
  readonly operation: Operation;
  readonly #call: Call;
  #promptTokens: number | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.model = call.request.model;
    this.operation = call.operation;
  }

  get streamed(): boolean {
    return this.#call.operation !== 'embeddings' && this.#call.request.stream === true;
  }

  get hasTools(): boolean {
    const tools = this.#member('tools') ?? this.#member('functions');
    return Array.isArray(tools) && tools.length > 0;
  }

  get metadata(): Readonly<Record<string, string>> {
    const metadata = this.#member('metadata');
    return typeof metadata === 'object' && metadata !== null ? textsIn(metadata) : {};
  }

  /** Guessed only where somebody looks at it: many callers have no limit of tokens. */
  get promptTokens(): number {
    return (this.#promptTokens ??= guessPromptTokens(this.#call));
  }

  get maxCompletionTokens(): number | undefined {
    for (const name of MOST_TOKENS) {
      const most = this.#member(name);
      if (typeof most === 'number') return most;
    }
    return undefined;
  }

  /** A member of the body, where it is JSON. */
  #member(name: string): unknown {
    const { operation, request } = this.#call;
    if (operation === 'chat' || operation === 'embeddings') return Reflect.get(request, name);
    return request.body.kind === 'json' ? request.body.value[name] : undefined;
  }
}

function textsIn(members: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
