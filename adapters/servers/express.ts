import { type Gateway, type HttpOptions, nodeHandler, type NodeHandler } from 'nexusai-hub/http';

/**
 * The hub as a middleware of Express 5 and 4: `app.use(nexusExpress(hub))`, under a path too, before or after
 * `express.json()`. Paths that are not the hub's go on to `next()`.
 * @throws TypeError naming the option that is wrong.
 */
export function nexusExpress(hub: Gateway, options?: HttpOptions): NodeHandler {
  return nodeHandler(hub, options);
}
