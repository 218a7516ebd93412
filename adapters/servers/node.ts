import type { Server } from 'node:http';
import { type Gateway, type HttpOptions, nodeHandler, type NodeHandler, nodeServer } from 'nexusai-hub/http';

/**
 * The hub as a listener: `createServer(nexusNode(hub))`. With a third argument `next` it is a middleware that passes on
 * paths which are not the hub's.
 * @throws TypeError naming the option that is wrong.
 */
export function nexusNode(hub: Gateway, options?: HttpOptions): NodeHandler {
  return nodeHandler(hub, options);
}

/**
 * A whole server around the hub, not listening yet: `nexusServer(hub).listen(8001)`. Over `createServer(nexusNode(hub))`
 * it has limits for slow and oversized heads, OpenAI-shaped answers to what is no valid HTTP, and sends `100 Continue`
 * only for bodies that are wanted.
 * @throws TypeError naming the option that is wrong.
 */
export function nexusServer(hub: Gateway, options?: HttpOptions): Server {
  return nodeServer(nodeHandler(hub, options));
}
