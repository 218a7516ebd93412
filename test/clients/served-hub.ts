import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { CircuitBreaker } from 'nexusai-hub/ports';

import { type AnswerScript, gate, type RecordedRequest, type ScriptStep } from '../../src/testing/answer-script.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import type { Served, Transport } from '../http/transports.ts';

/** A hub in front of an upstream that speaks OpenAI's wire, served over one of the transports. */
export interface ServedHub {
  readonly hub: NexusHub;
  readonly upstream: ScriptedUpstream;
  /** Base URL for SDKs. */
  readonly baseURL: string;
  readonly fetch: Served['fetch'];
  close(): Promise<void>;
}

export const KEY = 'sk-client-tests';

/** Every test shows a fault of its own to the one provider: none of them is to keep the next from it. */
const alwaysClosed: CircuitBreaker = {
  enter: () => ({ succeed: () => undefined, fail: () => undefined, abandon: () => undefined }),
  state: () => ({ kind: 'closed' }),
};

/** Serves a hub with one key whose model `m` is answered by {@link answerLikeOpenAI}. */
export async function serveHub(transport: Transport, options: Partial<NexusHubOptions> = {}): Promise<ServedHub> {
  const upstream = await scriptedUpstream(answerLikeOpenAI);
  const main = openaiCompatible({ baseUrl: `${upstream.url}/v1`, apiKey: 'sk-upstream' });
  const hub = new NexusHub({
    providers: { main },
    models: { m: 'main' },
    keys: [{ name: 'app', key: KEY, models: ['m', 'reported'] }],
    routing: { maxAttempts: 1 },
    circuitBreaker: alwaysClosed,
    ...options,
  });
  const served = await transport.serve(hub);
  return {
    hub,
    upstream,
    baseURL: `${served.url}/v1`,
    fetch: served.fetch,
    async close() {
      await served.close();
      await hub.close({ drainMs: 0 });
      await upstream.close();
    },
  };
}

interface UpstreamBody {
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly response_format?: { readonly type: string };
}

const HEAD = { id: 'chatcmpl-test', created: 1_767_225_600, model: 'm-2026' };
const USAGE = { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 };
export const TEXT = 'Grüße, 你好 🙂!';

/** What the server says it has; the key may use some of it. */
const MODELS = ['m', 'reported', 'of-others'].map((id) => ({ id, object: 'model', created: 5, owned_by: 'server' }));

/** Lists models; answers chats by what the last message says: `break`, `hang`, `status 429`, ... each show one fault. */
export function answerLikeOpenAI(request: RecordedRequest): AnswerScript {
  if (request.method === 'GET') return json({ object: 'list', data: MODELS });
  const body = JSON.parse(Buffer.from(request.body).toString()) as UpstreamBody;
  const said = JSON.stringify(body.messages.at(-1)?.content);
  const status = /status (\d{3})/.exec(said)?.[1];
  if (status !== undefined) return failing(Number(status));
  const isToolResult = body.messages.at(-1)?.role === 'tool';
  const tool = isToolResult ? undefined : body.tools?.[0]?.function.name;
  const text = body.response_format?.type === 'json_schema' ? '{"city":"北京","degrees":21}' : TEXT;
  if (body.stream !== true) return whole(text, tool);
  const events = tool === undefined ? textEvents(text) : toolEvents(tool);
  if (said.includes('break')) return { sends: [events.slice(0, 3).join('')], then: 'break' };
  if (said.includes('hang')) return { sends: [events.slice(0, 3).join(''), gate()] };
  const usage = body.stream_options?.include_usage === true ? [event({ ...HEAD, choices: [], usage: USAGE })] : [];
  return { sends: [...events, ...usage, 'data: [DONE]\n\n'] satisfies ScriptStep[] };
}

function failing(status: number): AnswerScript {
  const error = { message: `Upstream says ${status}.`, type: 'invalid_request_error', code: null, param: null };
  return { status, ...json({ error }) };
}

function json(body: object): AnswerScript {
  return { headers: { 'content-type': 'application/json' }, sends: [JSON.stringify(body)] };
}

const CALL_ARGUMENTS = '{"city":"北京"}';

function whole(text: string, tool: string | undefined): AnswerScript {
  const calls = [{ id: 'call_1', type: 'function', function: { name: tool, arguments: CALL_ARGUMENTS } }];
  const message = { role: 'assistant', content: tool === undefined ? text : null, refusal: null };
  const choice = {
    index: 0,
    message: tool === undefined ? message : { ...message, tool_calls: calls },
    logprobs: null,
    finish_reason: tool === undefined ? 'stop' : 'tool_calls',
  };
  return json({ ...HEAD, object: 'chat.completion', choices: [choice], usage: USAGE });
}

function textEvents(text: string): string[] {
  const deltas = [{ role: 'assistant', content: '' }, ...Array.from(text, (content) => ({ content }))];
  return [...deltas.map((delta) => choiceEvent(delta, null)), choiceEvent({}, 'stop')];
}

function toolEvents(name: string): string[] {
  const call = (more: object): object => ({ tool_calls: [{ index: 0, ...more }] });
  return [
    choiceEvent({ role: 'assistant', content: null }, null),
    choiceEvent(call({ id: 'call_1', type: 'function', function: { name, arguments: '' } }), null),
    ...Array.from(CALL_ARGUMENTS, (piece) => choiceEvent(call({ function: { arguments: piece } }), null)),
    choiceEvent({}, 'tool_calls'),
  ];
}

function choiceEvent(delta: object, finish: string | null): string {
  return event({ ...HEAD, choices: [{ index: 0, delta, finish_reason: finish }] });
}

function event(chunk: object): string {
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`;
}
