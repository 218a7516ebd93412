import { afterEach, beforeEach, expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';
import { azure } from 'nexusai-hub/adapters/azure';

import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { readForm } from './forms.ts';
import { json } from './forwarding.ts';

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await scriptedUpstream(json({ id: 'x' }));
});
afterEach(() => upstream.close());

/** Sends requests through a hub before a resource with the deployment `prod` for the model `m`. */
async function send(apiVersion: string | undefined, path: string, body: object | FormData): Promise<Response> {
  const hub = new NexusHub({
    providers: {
      azure: azure({
        endpoint: upstream.url,
        apiKey: 'azure-key-0123456789',
        deployments: { m: 'prod' },
        ...(apiVersion === undefined ? {} : { apiVersion }),
      }),
    },
  });
  const isForm = body instanceof FormData;
  const response = await hub.fetch(`http://hub${path}`, {
    method: 'POST',
    body: isForm ? body : JSON.stringify(body),
    ...(isForm ? {} : { headers: { 'content-type': 'application/json' } }),
  });
  await hub.close();
  return response;
}

it('v1: the body names the deployment, also in a form', async () => {
  expect((await send(undefined, '/v1/responses', { model: 'm', input: 'x' })).status).toBe(200);
  const form = new FormData();
  form.set('file', new Blob(['sound']), 'a.wav');
  form.set('model', 'm');
  expect((await send(undefined, '/v1/audio/transcriptions', form)).status).toBe(200);
  const [json, sound] = upstream.requests;
  expect(json).toMatchObject({ path: '/openai/v1/responses' });
  expect(Buffer.from(json!.body).toString()).toBe('{"model":"prod","input":"x"}');
  expect(sound).toMatchObject({ path: '/openai/v1/audio/transcriptions' });
  expect((await readForm(sound!.body, sound!.headers['content-type']!)).get('model')).toBe('prod');
});

it('deployments: the path names it; what has no such path is refused with a word', async () => {
  expect((await send('2024-10-21', '/v1/completions', { model: 'm', prompt: 'x' })).status).toBe(200);
  expect(upstream.requests[0]).toMatchObject({ path: '/openai/deployments/prod/completions?api-version=2024-10-21' });
  const refused = await send('2024-10-21', '/v1/responses', { model: 'm', input: 'x' });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: { code: 'operation_unsupported' } });
});
