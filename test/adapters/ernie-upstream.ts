import { ernie, type ErnieOptions } from 'nexusai-hub/adapters/ernie';
import type { Provider } from 'nexusai-hub/ports';

import type { AnswerScript, RecordedRequest } from '../../src/testing/answer-script.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { jsonAnswer } from './fixture-answers.ts';

/** The keys of an application of the legacy interface, as no log may show them. */
export const ACCESS_KEY = 'canaryAccessKey123456789';
export const SECRET_KEY = 'canarySecretKey12345678901234567';

/** Answers to chat and embeddings, by the request and how many of them came before. */
export type LegacyScript = AnswerScript | ((request: RecordedRequest, count: number) => AnswerScript);

/** The legacy interface: tokens are called `24.canary-1`, `24.canary-2`, …; `ask` answers the rest. */
export function legacyErnie(
  script: LegacyScript,
  options: Partial<ErnieOptions> = {},
): ScriptedFetch & { provider: Provider; tokenRequests: RecordedRequest[]; askRequests: RecordedRequest[] } {
  const tokenRequests: RecordedRequest[] = [];
  const askRequests: RecordedRequest[] = [];
  const scripted = scriptedFetch((request) => {
    if (request.path.startsWith('/oauth/')) {
      tokenRequests.push(request);
      return jsonAnswer({ access_token: `24.canary-${tokenRequests.length}`, expires_in: 2_592_000 });
    }
    askRequests.push(request);
    return typeof script === 'function' ? script(request, askRequests.length - 1) : script;
  });
  const provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, fetch: scripted.fetch, ...options });
  return { ...scripted, provider, tokenRequests, askRequests };
}
