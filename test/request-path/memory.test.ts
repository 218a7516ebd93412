import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ChatStream, fastest } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script } from 'nexusai-hub/testing';
import type { ChatMessage, Provider } from 'nexusai-hub/ports';
import { harness, readAll } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const BROKEN: Script = { streams: [{ yields: chunkOf({ content: 'x' }) }] };

describe('M2: nothing keeps a request alive once it is over', () => {
  it.each<[string, Script | readonly Script[], boolean, Partial<NexusHubOptions>?]>([
    ['a whole answer', { says: 'ok' }, false],
    ['a failure', { throws: 'provider_rejected' }, false],
    ['a failure of all', { throws: 'provider_denied' }, false],
    ['a stream', { says: 'ok' }, true],
    ['a broken stream', BROKEN, true],
    ['an explained answer', { says: 'ok' }, false, { explain: true }],
    ['an explained failure', { throws: 'provider_denied' }, true, { explain: true }],
    ['a stream that might have been gone on with', { says: 'ok' }, true, { routing: { continuation: 'marked' } }],
    ['a stream that was', [BROKEN, { says: 'ok' }], true, { routing: { continuation: 'marked', backoffMs: 0 } }],
    ['a stream the balancer heard of', { says: 'ok' }, true, { balancer: fastest() }],
    ['an answer that did not fit', { says: 'x' }, false, { routing: { checkSchema: true } }],
  ])('%s', async (_what, script, stream, options = {}) => {
    const inner = scriptedProvider(script);
    // The scripted provider remembers its calls, and the test of memory must not.
    const forgetful: Provider = {
      kind: 'forgetful',
      open: (_request, context) => inner.open({ model: 'm', messages: [], stream }, context),
    };
    const { hub } = harness({ forgetful, another: { ...forgetful } }, options);
    const ask = async (): Promise<[WeakRef<ChatMessage>, unknown]> => {
      const message: ChatMessage = { role: 'user', content: 'a long prompt' };
      const format = stream ? {} : { response_format: { type: 'json_object' } };
      const request = { model: 'm', messages: [message], stream, ...format };
      const left: unknown = await hub.chat.completions.create(request).catch((error: unknown) => error);
      if (left instanceof ChatStream) await readAll(left);
      return [new WeakRef(message), left];
    };
    const [body, left] = await ask();
    await new Promise(setImmediate);
    collectGarbage();
    await new Promise(setImmediate);
    collectGarbage();
    expect(body.deref()).toBeUndefined();
    expect(left).toBeDefined();
  });
});
