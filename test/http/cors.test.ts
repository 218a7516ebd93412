import { NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { json, type Served, SOCKETS, type Transport } from './transports.ts';

const CHAT = '/v1/chat/completions';
const GOOD = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }, { models: ['m'] }) } });

let served: Served;
afterEach(() => served.close());

describe.each(SOCKETS)('$name', (transport: Transport) => {
  const ask = (origin: string, init: RequestInit = json(GOOD)): Promise<Response> =>
    served.fetch(`${served.url}${CHAT}`, { ...init, headers: { ...(init.headers as object), origin } });

  it('says nothing to pages unless told to', async () => {
    served = await transport.serve(hub);
    const response = await ask('https://app.example');
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('lets pages of the listed origins in, and no others', async () => {
    served = await transport.serve(hub, { cors: ['https://app.example'] });
    const allowed = await ask('https://app.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(allowed.headers.get('vary')).toBe('origin');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    const other = await ask('https://elsewhere.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(other.headers.get('vary')).toBe('origin');
  });

  it('answers errors and streams to pages too', async () => {
    served = await transport.serve(hub, { cors: '*' });
    const streamed = await ask('https://app.example', json({ ...GOOD, stream: true }));
    const failed = await ask('https://app.example', json({ ...GOOD, messages: [null] }));
    expect([streamed.status, streamed.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect([failed.status, failed.headers.get('access-control-allow-origin')]).toEqual([400, '*']);
    expect(await streamed.text()).toContain('[DONE]');
  });

  it('answers what a browser asks before it sends', async () => {
    served = await transport.serve(hub, { cors: ['https://app.example'] });
    const response = await ask('https://app.example', {
      method: 'OPTIONS',
      headers: {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(response.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-stainless-os');
  });
});
