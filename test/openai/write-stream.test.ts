import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatChunk } from '../../src/openai/types.ts';
import { withWireText } from '../../src/openai/wire-text.ts';
import { chunkEvent, DONE_EVENT, errorEvent, KEEP_ALIVE } from '../../src/openai/write-stream.ts';
import { eventsOf } from './reading.ts';

function chunk(content: string): ChatChunk {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}

describe('chunkEvent', () => {
  it('sends an unchanged chunk as the text it came as', () => {
    const text = `{ "unknown":1.0, ${JSON.stringify(chunk('好')).slice(1)}`;
    expect(chunkEvent(withWireText(chunk('好'), text))).toBe(`data: ${text}\n\n`);
  });

  it.each([
    ['that carries nothing', chunk('a')],
    ['that carries bytes', withWireText(chunk('a'), Buffer.from('{}'))],
    ['whose text had several lines', withWireText(chunk('a'), '{\n"x":1}')],
    ['whose text had several lines of CR', withWireText(chunk('a'), '{\r"x":1}')],
    ['changed by a copy', { ...withWireText(chunk('x'), '{}'), ...chunk('a') }],
  ])('prints a chunk %s', (_name, value) => {
    expect(chunkEvent(value)).toBe(`data: ${JSON.stringify(chunk('a'))}\n\n`);
  });

  it('S2: what is written is read again, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (contents) => {
        const chunks = contents.map(chunk);
        const stream = [...chunks.map(chunkEvent), KEEP_ALIVE, DONE_EVENT].join('');
        const events = eventsOf([Buffer.from(stream)]).map(({ data }) => data);
        expect(events.pop()).toBe('[DONE]');
        expect(events.map((data): unknown => JSON.parse(data))).toEqual(chunks);
      }),
    );
  });
});

it('errorEvent is one event that SDKs raise', () => {
  const body = { error: { message: 'line one\nline two', type: 'server_error', code: 'internal', param: null } };
  const [event, ...others] = eventsOf([Buffer.from(errorEvent(body))]);
  expect(JSON.parse(event?.data ?? '')).toEqual(body);
  expect(others).toEqual([]);
});

it('KEEP_ALIVE is no event', () => {
  expect(eventsOf([Buffer.from(KEEP_ALIVE)])).toEqual([]);
  expect(KEEP_ALIVE.endsWith('\n\n')).toBe(true);
});
