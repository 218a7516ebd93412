import { toFile } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { cut } from '../../src/testing/answer-script.ts';
import { TRANSPORTS } from '../http/transports.ts';
import { fileIn, readForm } from './forms.ts';
import { forwarding, type Forwarding, json } from './forwarding.ts';

const BYTES = Uint8Array.from({ length: 50_000 }, (_, place) => (place * 31) % 256);

describe.each(TRANSPORTS)('bodies over $name', (transport) => {
  let at: Forwarding;
  beforeEach(async () => {
    at = await forwarding(transport);
  });
  afterEach(() => at.close());

  it('a form goes in as its bytes', async () => {
    at.main.play(json({ text: 'heard' }));
    const file = await toFile(BYTES, 'a.wav', { type: 'audio/wav' });
    expect((await at.client.audio.transcriptions.create({ model: 'only', file })).text).toBe('heard');
    const { body, headers } = at.main.requests[0]!;
    const form = await readForm(body, headers['content-type']!);
    expect((await fileIn(form, 'file')).bytes).toEqual(BYTES);
  });

  it('a form over the limit is refused', async () => {
    const file = await toFile(new Uint8Array(100_001), 'a.wav');
    await expect(at.client.audio.transcriptions.create({ model: 'only', file })).rejects.toMatchObject({ status: 413 });
    expect(at.main.requests).toEqual([]);
  });

  it('sound comes out as its bytes', async () => {
    at.main.play({ headers: { 'content-type': 'audio/opus' }, sends: cut(BYTES, 9000) });
    const speech = await at.client.audio.speech.create({ model: 'only', voice: 'alloy', input: 'x' });
    expect(new Uint8Array(await speech.arrayBuffer())).toEqual(BYTES);
  });

  it('a page that shows no key cannot send a form, also where nobody needs one', async () => {
    await at.close();
    at = await forwarding(transport, { keys: [] });
    at.main.play(json({ text: 'heard' }));
    const send = async (headers: Record<string, string>): Promise<number> => {
      const form = new FormData();
      form.set('model', 'only');
      const url = `${at.served.url}/v1/audio/transcriptions`;
      return (await at.served.fetch(url, { method: 'POST', headers, body: form })).status;
    };
    expect(await send({ origin: 'https://page.test' })).toBe(401);
    expect(at.main.requests).toEqual([]);
    expect(await send({ origin: 'https://page.test', authorization: 'Bearer any' })).toBe(200);
    expect(await send({})).toBe(200);
  });
});
