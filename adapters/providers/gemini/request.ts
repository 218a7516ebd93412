import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { foreignMembers, isJsonObject, refuseMembers, toolPlanOf, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { conversationOf } from './contents.ts';
import { generationConfigOf } from './generation-config.ts';
import { type SchemaDialect, toolMembers } from './tools.ts';

/**
 * A chat request as the body of `generateContent` (providers.md section 9.1). Bookkeeping of OpenAI's (`user`, `store`,
 * `metadata`, `service_tier`, cache keys) and `verbosity` and `prediction`, which only shade an answer, are left out;
 * what would change it is refused. Members that are not OpenAI's are Gemini's own and go along.
 * @throws NexusError `request_invalid` naming the member that cannot be said.
 */
export function generateRequest(request: ChatRequest, abilities: Abilities, schemas: SchemaDialect): JsonObject {
  refuseMembers(request, 'Gemini', [
    'logit_bias',
    'audio',
    'modalities',
    'web_search_options',
    'functions',
    'function_call',
  ]);
  const { system, contents } = conversationOf(request.messages, abilities);
  const { generationConfig: ownConfig, ...own } = foreignMembers(request);
  const config = {
    ...generationConfigOf(request, abilities, schemas),
    ...(isJsonObject(ownConfig) ? ownConfig : {}),
  };
  return {
    contents,
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    ...toolMembers(toolPlanOf(request, 'Gemini'), schemas),
    ...(Object.values(config).every((value) => value === undefined) ? {} : { generationConfig: config }),
    ...own,
  };
}

/**
 * The path of a model: `models/` stands before a bare name. Each step is encoded: a name reaches no other path.
 * @throws NexusError `request_invalid` for a name that is no path.
 */
export function pathOfModel(model: string): string {
  const steps = (model.includes('/') ? model : `models/${model}`).split('/');
  if (steps.some((step) => step === '' || step === '.' || step === '..'))
    throw untranslatable('model', 'must be the name of a model.');
  return `/${steps.map(encodeURIComponent).join('/')}`;
}
