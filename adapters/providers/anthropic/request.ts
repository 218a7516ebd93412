import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { foreignMembers, isJsonObject, refuseMembers, toolPlanOf, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { calledTools, conversationOf, lacksThinking } from './conversation.ts';
import { outputFormOf } from './output-format.ts';
import { thinkingOf } from './thinking.ts';
import { toolMembers } from './tools.ts';

/** A request in Anthropic's words. */
export interface MessagesRequest {
  readonly body: JsonObject;
  /** The tool whose arguments are the answer, if one stands for a format. */
  readonly formatTool: string | undefined;
}

/**
 * A chat request as the body of `POST /messages` (providers.md section 8.1). What only shades an answer and has no word
 * there is left out (`seed`, the penalties, `verbosity`, `prediction`, `store` and other bookkeeping); what would change
 * it is refused. Members that are not OpenAI's are Anthropic's own and go along; they win over what was made of OpenAI's.
 * @throws NexusError `request_invalid` naming the member that cannot be said.
 */
export function messagesRequest(request: ChatRequest, abilities: Abilities, defaultMaxTokens: number): MessagesRequest {
  refuseMembers(request, 'Anthropic', [
    'n',
    'logprobs',
    'top_logprobs',
    'logit_bias',
    'audio',
    'modalities',
    'web_search_options',
    'functions',
    'function_call',
  ]);
  const plan = toolPlanOf(request, 'Anthropic');
  const form = outputFormOf(request.response_format, plan, abilities);
  const { system, messages } = conversationOf(request.messages);
  const own = foreignMembers(request);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  const { thinking, effort, budget } = thinkingOf(own['thinking'] === undefined ? request : withoutEffort(request), {
    mode: abilities.thinking,
    maxTokens,
    isForced: form?.by === 'tool' || plan.choice === 'required' || typeof plan.choice === 'object',
    lacksThinking: lacksThinking(messages),
  });
  const outputConfig = {
    ...(effort === undefined ? {} : { effort }),
    ...(form?.by === 'format' ? { format: form.format } : {}),
    ...(isJsonObject(own['output_config']) ? own['output_config'] : {}),
  };
  const body = {
    model: request.model,
    max_tokens: maxTokens ?? defaultMaxTokens + budget,
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...(request.stream === true ? { stream: true } : {}),
    ...stopMembers(request),
    ...(abilities.sampling ? samplingMembers(request, thinking !== undefined || isJsonObject(own['thinking'])) : {}),
    ...(form?.by === 'tool'
      ? { tools: [form.tool], tool_choice: { type: 'tool', name: form.tool.name } }
      : toolMembers(plan, calledTools(messages), abilities)),
    ...(thinking === undefined ? {} : { thinking }),
    ...accountMembers(request),
    ...own,
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
  };
  return { body, formatTool: form?.by === 'tool' ? form.tool.name : undefined };
}

function withoutEffort(request: ChatRequest): ChatRequest {
  return { ...request, reasoning_effort: null };
}

function stopMembers({ stop }: ChatRequest): JsonObject {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  const blank = stops.findIndex((text) => text.trim() === '');
  if (blank >= 0)
    throw untranslatable(
      typeof stop === 'string' ? 'stop' : `stop[${blank}]`,
      'must hold more than white space for Anthropic.',
    );
  return stops.length === 0 ? {} : { stop_sequences: stops };
}

/** Anthropic's temperatures end at 1. Thinking refuses every temperature but 1, and a narrow `top_p`. */
function samplingMembers({ temperature, top_p: topP }: ChatRequest, isThinking: boolean): JsonObject {
  const hasTemperature = typeof temperature === 'number' && !isThinking;
  const hasTopP = typeof topP === 'number' && !(isThinking && topP < 0.95);
  return {
    ...(hasTemperature ? { temperature: Math.min(temperature, 1) } : {}),
    ...(hasTopP ? { top_p: topP } : {}),
  };
}

/** Whom the answer is for. Other metadata and tiers are words of OpenAI's. */
function accountMembers(request: ChatRequest): JsonObject {
  const asked = new Map<string, unknown>(Object.entries(request));
  const tier = asked.get('service_tier');
  const user = request.metadata?.['user_id'] ?? asked.get('safety_identifier') ?? request.user;
  return {
    ...(typeof user === 'string' && user !== '' ? { metadata: { user_id: user } } : {}),
    ...(tier === 'auto' || tier === 'standard_only' ? { service_tier: tier } : {}),
  };
}
