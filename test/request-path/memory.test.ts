import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ChatStream } from 'nexusai-hub';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script } from 'nexusai-hub/testing';
import type { ChatMessage, Provider } from 'nexusai-hub/ports';
import { harness, readAll } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('M2: nothing keeps a request alive once it is over', () => {
  it.each<[string, Script, boolean]>([
    ['a whole answer', { says: 'ok' }, false],
    ['a failure', { throws: 'provider_rejected' }, false],
    ['a stream', { says: 'ok' }, true],
    ['a broken stream', { streams: [{ yields: chunkOf({ content: 'x' }) }] }, true],
  ])('%s', async (_what, script, stream) => {
    const inner = scriptedProvider(script);
    // The scripted provider remembers its calls, and the test of memory must not.
    const forgetful: Provider = {
      kind: 'forgetful',
      open: (_request, context) => inner.open({ model: 'm', messages: [], stream }, context),
    };
    const { hub } = harness({ forgetful });
    const ask = async (): Promise<[WeakRef<ChatMessage>, unknown]> => {
      const message: ChatMessage = { role: 'user', content: 'a long prompt' };
      const request = { model: 'm', messages: [message], stream };
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
