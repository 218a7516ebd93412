import { answerJson } from '../answer-json.ts';
import { openapiOf } from '../openapi/openapi.ts';
import type { HttpOptions } from '../options.ts';
import type { Access } from './access.ts';
import type { OpenRun } from './route.ts';

/** `GET /openapi.json`: what is served here. Schemas of bodies take a moment to print, so that is done once. */
export function description(accessOf: (options: HttpOptions) => readonly Access[]): OpenRun {
  const known = new WeakMap<object, object>();
  return async (exchange, { settings, requestId }) => {
    let document = known.get(settings);
    if (!document)
      known.set(settings, (document = openapiOf(accessOf({ ...settings, unversioned: false }), settings.prefix)));
    answerJson(exchange, document, requestId);
  };
}
