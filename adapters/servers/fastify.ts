import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RegisterOptions } from 'fastify';
import { type Gateway, type HttpOptions, hubPathsOf, nodeHandler } from 'nexusai-hub/http';

/** Options of {@link nexusFastify}: the hub, how it is served, and what Fastify's `register` takes. */
export type NexusFastifyOptions = Omit<HttpOptions, 'prefix'> & RegisterOptions & { readonly hub: Gateway };

/**
 * The hub as a plugin of Fastify 5: `fastify.register(nexusFastify, { hub })`, or with `prefix: '/ai'`. Hooks of the
 * application run as for any route, and headers they set are kept; bodies go to the hub unread by Fastify's parsers.
 * `register` rejects where the application has a route of the same path.
 */
// Async, though it waits for nothing: what a plugin with a callback throws, Fastify leaves uncaught.
export const nexusFastify: FastifyPluginAsync<NexusFastifyOptions> = async (fastify, options) => {
  const { hub, logLevel: _logLevel, logSerializers: _logSerializers, ...rest } = options;
  const handle = nodeHandler(hub, { ...rest, prefix: fastify.prefix });
  const serve = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    handle(request.raw, reply.raw);
  };

  // In this context alone: no body is read, and what no parser would take is answered by the hub as well.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _body, ready) => {
    ready(null, undefined);
  });
  fastify.setErrorHandler((error, request, reply) => {
    if (!isMediaTypeError(error)) throw error;
    serve(request, reply);
  });
  for (const path of hubPathsOf(rest)) fastify.all(path, serve);
};

function isMediaTypeError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE';
}
