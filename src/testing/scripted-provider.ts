import { NexusError } from '../errors.ts';
import type { NexusErrorCode } from '../errors.ts';
import { chunksOf } from '../openai/collect.ts';
import type { ChatChunk, ChatCompletion, ChatRequest, Provider, ProviderContext } from '../ports/index.ts';

/** One step of a scripted stream. */
export type StreamStep =
  /** Yields this chunk, or these together. */
  | { readonly yields: ChatChunk | readonly ChatChunk[] }
  /** Waits on the hub's clock. */
  | { readonly waitsMs: number }
  /** Waits for a promise of the test. */
  | { readonly waitsFor: Promise<unknown> }
  /** Throws. A code becomes a `NexusError`. */
  | { readonly throws: NexusErrorCode | Error }
  /** Never goes on; with `deaf` not even when it is told to stop. */
  | { readonly hangs: 'until aborted' | 'deaf' };

/** What a scripted provider does with one request. */
export type Script =
  /** Answers with this text, in whatever form the caller asked for. */
  | { readonly says: string; readonly usage?: ChatCompletion['usage'] }
  /** Answers with a whole completion, asked for a stream or not. */
  | { readonly completes: ChatCompletion }
  /** Answers with a stream, asked for one or not. */
  | { readonly streams: readonly StreamStep[] }
  /** Does the steps before it answers, then what `then` says. */
  | { readonly first: readonly StreamStep[]; readonly then: Script }
  | { readonly throws: NexusErrorCode | Error };

/** A call a scripted provider got. */
export interface ScriptedCall {
  readonly request: ChatRequest;
  readonly context: ProviderContext;
  /** How its stream ended: `undefined` while it is open or when there was none. */
  ended: 'complete' | 'threw' | 'returned' | undefined;
}

/** A provider that does what its scripts say, one script a call, the last one for all further calls. */
export interface ScriptedProvider extends Provider {
  readonly calls: readonly ScriptedCall[];
}

/** Makes a provider for tests of the hub and of what is built on it. */
export function scriptedProvider(
  scripts: Script | readonly Script[],
  options: { readonly models?: readonly string[] } = {},
): ScriptedProvider {
  const list: readonly Script[] = isList(scripts) ? scripts : [scripts];
  const calls: ScriptedCall[] = [];
  return {
    kind: 'scripted',
    ...(options.models ? { models: options.models } : {}),
    calls,
    async open(request, context) {
      const script = list[Math.min(calls.length, list.length - 1)];
      if (!script) throw new TypeError('scriptedProvider: no script was given.');
      const call: ScriptedCall = { request, context, ended: undefined };
      calls.push(call);
      return play(script, call);
    },
  };
}

async function play(
  script: Script,
  call: ScriptedCall,
): Promise<ChatCompletion | AsyncGenerator<ChatChunk | readonly ChatChunk[]>> {
  if ('throws' in script) throw thrown(script.throws);
  if ('completes' in script) return script.completes;
  if ('streams' in script) return stream(script.streams, call);
  if ('first' in script) {
    for (const step of script.first) await perform(step, call);
    return play(script.then, call);
  }
  const completion = completionOf(script.says, call.request.model, script.usage);
  if (call.request.stream !== true) return completion;
  return stream(
    chunksOf(completion).map((chunk) => ({ yields: chunk })),
    call,
  );
}

async function* stream(
  steps: readonly StreamStep[],
  call: ScriptedCall,
): AsyncGenerator<ChatChunk | readonly ChatChunk[]> {
  let ended: ScriptedCall['ended'] = 'returned';
  try {
    for (const step of steps) {
      if ('yields' in step) yield step.yields;
      else await perform(step, call);
    }
    ended = 'complete';
  } catch (cause) {
    ended = 'threw';
    throw cause;
  } finally {
    call.ended = ended;
  }
}

async function perform(step: StreamStep, { context }: ScriptedCall): Promise<void> {
  if ('throws' in step) throw thrown(step.throws);
  if ('waitsFor' in step) await step.waitsFor;
  if ('waitsMs' in step) await passing(step.waitsMs, context);
  if ('hangs' in step) await hanging(step.hangs === 'deaf' ? undefined : context.signal);
}

function passing(ms: number, { clock, signal }: ProviderContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      timer.cancel();
      reject(new Error('aborted'));
    };
    const timer = clock.schedule(ms, () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    signal.addEventListener('abort', leave, { once: true });
  });
}

function hanging(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });
}

function thrown(what: NexusErrorCode | Error): Error {
  return what instanceof Error ? what : new NexusError(what, `Scripted: ${what}.`);
}

function isList(scripts: Script | readonly Script[]): scripts is readonly Script[] {
  return Array.isArray(scripts);
}

/** A whole completion that says `text`. */
export function completionOf(text: string, model = 'scripted', usage?: ChatCompletion['usage']): ChatCompletion {
  return {
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1_767_225_600,
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
    ...(usage ? { usage } : {}),
  };
}

/** A chunk of a scripted stream: text, or a finish. */
export function chunkOf(part: { content?: string; finish?: 'stop' | 'length'; role?: 'assistant' }): ChatChunk {
  const { content, finish, role } = part;
  return {
    id: 'chatcmpl-scripted',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: 'scripted',
    choices: [
      {
        index: 0,
        delta: { ...(role ? { role } : {}), ...(content === undefined ? {} : { content }) },
        finish_reason: finish ?? null,
      },
    ],
  };
}
