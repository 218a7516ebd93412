import { answerJson } from '../answer-json.ts';
import type { HttpOptions } from '../options.ts';
import type { Access } from './access.ts';
import type { OpenRun } from './route.ts';

/**
 * `GET /openapi.json`: what is served here. Its schemas take a moment to make and to print: that is done once, when somebody
 * asks for it, and a hub that nobody asks starts without them.
 */
export function description(accessOf: (options: HttpOptions) => readonly Access[]): OpenRun {
  const known = new WeakMap<object, object>();
  return async (exchange, { settings, requestId }) => {
    const { openapiOf } = await import('../openapi/openapi.ts');
    let document = known.get(settings);
    if (!document)
      known.set(settings, (document = openapiOf(accessOf({ ...settings, unversioned: false }), settings.prefix)));
    answerJson(exchange, document, requestId);
  };
}
