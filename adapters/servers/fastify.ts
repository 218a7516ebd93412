import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { type Gateway, HUB_PATHS, type HttpOptions, nodeHandler } from 'nexusai-hub/http';

/** Options of {@link nexusFastify}: the hub, how it is served, and Fastify's own `prefix`. */
export interface NexusFastifyOptions extends HttpOptions {
  readonly hub: Gateway;
}

/**
 * The hub as a plugin of Fastify 5: `fastify.register(nexusFastify, { hub })`, or with `prefix: '/ai'`. Hooks of the
 * application run as for any route, and headers they set are kept; bodies go to the hub unread by Fastify's parsers.
 */
export const nexusFastify: FastifyPluginCallback<NexusFastifyOptions> = (fastify, options, done) => {
  const { hub, ...rest } = options;
  const handle = nodeHandler(hub, { ...rest, prefix: fastify.prefix });
  // The parsers of this context alone: what the hub does not take, it answers itself.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _body, ready) => {
    ready(null, undefined);
  });
  const serve = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    handle(request.raw, reply.raw);
  };
  for (const path of HUB_PATHS) fastify.all(path, { bodyLimit: Number.MAX_SAFE_INTEGER }, serve);
  done();
};
