import OpenAI from 'openai';
import { NexusHub } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';

import { CANNED_CHUNKS, CANNED_PIECES, fetchStream, fetchWhole } from './canned.ts';
import { pieceOf, tagOf, WHOLE_TEXT } from './wire.ts';
import { cpuUs } from './worker.ts';

/** Who is called: the canned `fetch` itself, the hub over it, or the OpenAI SDK over it. */
export type Contender = 'bare' | 'hub' | 'openai';
/** What is measured: a call that is answered whole, or the chunks of a stream. */
export type Kind = 'call' | 'chunk';

/** One call; resolves with the text of the answer. */
type Call = () => Promise<string>;

const URL_OF_NOBODY = 'http://127.0.0.1:9/v1';
const PROMPT = 'What is the capital of France, and why? Answer in two sentences.';
const LAST_PIECE = pieceOf(tagOf(0), CANNED_PIECES - 1);
const PLENTY = 1_000_000_000;

/** Microseconds of CPU for each call or chunk, over calls made one after the other for so long. */
export async function runInProcess(kind: Kind, contender: Contender, forMs: number): Promise<number> {
  const call = CALLS[kind][contender];
  const until = performance.now() + forMs;
  const before = cpuUs();
  let calls = 0;
  do {
    const text = await call();
    if (!(kind === 'call' ? text === WHOLE_TEXT : text.endsWith(LAST_PIECE)))
      throw new Error(`${contender} gave a wrong answer.`);
    calls++;
  } while (performance.now() < until);
  return (cpuUs() - before) / calls / (kind === 'call' ? 1 : CANNED_CHUNKS);
}

const QUESTION = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: PROMPT }] };

/** What is read of an answer. */
interface BareWhole {
  readonly choices: readonly { readonly message: { readonly content: string | null } }[];
}

/** What is read of a chunk. */
interface BareChunk {
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
}

const CALLS: Readonly<Record<Kind, Readonly<Record<Contender, Call>>>> = {
  call: { bare: bareCall, hub: hubCall(), openai: sdkCall() },
  chunk: { bare: bareStream, hub: hubStream(), openai: sdkStream() },
};

function hubCall(): Call {
  const { completions } = hubOver(fetchWhole).chat;
  return async () => wholeText(await completions.create({ ...QUESTION }));
}

function sdkCall(): Call {
  const { completions } = sdkOver(fetchWhole).chat;
  return async () => wholeText(await completions.create({ ...QUESTION }));
}

function hubStream(): Call {
  const { completions } = hubOver(fetchStream).chat;
  return async () => streamedText(await completions.create({ ...QUESTION, stream: true }));
}

function sdkStream(): Call {
  const { completions } = sdkOver(fetchStream).chat;
  return async () => streamedText(await completions.create({ ...QUESTION, stream: true }));
}

function hubOver(fetch: typeof globalThis.fetch): NexusHub {
  return new NexusHub({
    providers: { main: openaiCompatible({ baseUrl: URL_OF_NOBODY, apiKey: 'sk-none', fetch }) },
    models: { 'gpt-4o': [{ provider: 'main', model: 'mock-1' }] },
    limits: { requestsPerSecond: PLENTY },
    flow: { requestsPerSecond: PLENTY },
  });
}

function sdkOver(fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ baseURL: URL_OF_NOBODY, apiKey: 'sk-none', maxRetries: 0, fetch });
}

function wholeText(answer: BareWhole): string {
  return answer.choices[0]?.message.content ?? '';
}

async function streamedText(stream: AsyncIterable<BareChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

async function bareCall(): Promise<string> {
  const response = await fetchWhole();
  return wholeText(JSON.parse(await response.text()) as BareWhole);
}

/** The least a reader of a stream does: decode, split at blank lines, parse. */
async function bareStream(): Promise<string> {
  const reader = (await fetchStream()).body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let rest = '';
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const events = (rest + decoder.decode(read.value, { stream: true })).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) text += bareTextOf(event.slice('data: '.length));
  }
  return text;
}

function bareTextOf(data: string): string {
  if (data === '[DONE]') return '';
  const chunk = JSON.parse(data) as BareChunk;
  return chunk.choices[0]?.delta.content ?? '';
}
