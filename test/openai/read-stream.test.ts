import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerEvent } from '../../src/openai/read-stream.ts';
import { EventReader } from '../../src/openai/read-stream.ts';
import { cutsOf, eventsOf, fixtureBytes, piecesOf } from './reading.ts';

const HELLO = '{"text":"你好，世界！👋🏽"}';
const EVENTS: ServerEvent[] = [
  { data: HELLO },
  { data: '{\n"lines":3\n}' },
  { data: 'x', event: 'error' },
  { data: '[DONE]' },
];

/** The same events, as different servers frame them. */
const FRAMINGS: Record<string, string> = {
  LF: lines('data: ', '\n'),
  CRLF: lines('data: ', '\r\n'),
  CR: lines('data: ', '\r'),
  'no space after the colon': lines('data:', '\n'),
  'byte order mark': `\uFEFF${lines('data: ', '\n')}`,
  'byte order mark and CRLF': `\uFEFF${lines('data: ', '\r\n')}`,
  comments: `: hi\n\n${lines('data: ', '\n', ': keep-alive\n')}:\n\n`,
  'id, retry and unknown fields': lines('data: ', '\n', 'id: 7\nretry: 10\nretry: soon\nfoo: bar\ndata2\n'),
  'many blank lines': lines('data: ', '\n').replaceAll('\n\n', '\n\n\n\n'),
  'every line end in turn': mixedLineEnds(lines('data: ', '\n')),
};

function lines(prefix: string, lineEnd: string, before = ''): string {
  return EVENTS.map(({ data, event }) => {
    const dataLines = data.split('\n').map((line) => `${prefix}${line}\n`);
    return `${before}${event === undefined ? '' : `event: ${event}\n`}${dataLines.join('')}\n`;
  })
    .join('')
    .replaceAll('\n', lineEnd);
}

/** LF, CRLF and CR in turn; a CR before an LF would be one line end, so CRLF follows CR. */
function mixedLineEnds(text: string): string {
  const ends = ['\n', '\r\n', '\r', '\r\n'];
  let place = 0;
  return text.replaceAll('\n', () => ends[place++ % ends.length] ?? '\n');
}

describe('framing', () => {
  for (const [name, text] of Object.entries(FRAMINGS)) {
    it(`S2: ${name}, cut anywhere`, () => {
      const bytes = Buffer.from(text);
      for (const pieces of cutsOf(bytes)) expect(eventsOf(pieces)).toEqual(EVENTS);
      for (const size of [1, 2, 3, 7, bytes.length]) expect(eventsOf(piecesOf(bytes, size))).toEqual(EVENTS);
    });
  }

  it('S2: an event ends at its blank line, also when that ends with CR and nothing follows', () => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const reader = new EventReader();
      expect(reader.push(Buffer.from(`data: x${lineEnd}${lineEnd}`))).toEqual([{ data: 'x' }]);
      expect(reader.end()).toEqual([]);
    }
  });

  it('leaves characters alone that only other formats take for line ends', () => {
    const data = '"\u2028\u2029\u0085\f\v"';
    expect(eventsOf([Buffer.from(`data: ${data}\n\n`)])).toEqual([{ data }]);
  });

  it('takes one space after the colon, no more', () => {
    expect(eventsOf([Buffer.from('data:  x \n\n')])).toEqual([{ data: ' x ' }]);
  });
});

describe('characters', () => {
  const streams = [
    'openai/chat-stream.sse',
    'compat/mistral-stream-thinking.sse',
    'qianfan/chat-stream.sse',
    'gemini/stream.sse',
  ];
  it.each(streams)('S1: CJK and emoji of %s survive every cut', (file) => {
    const bytes = fixtureBytes(file);
    const whole = eventsOf([bytes]);
    expect(whole.length).toBeGreaterThan(2);
    expect(JSON.stringify(whole)).toMatch(/[\u4e00-\u9fff]/);
    for (const pieces of cutsOf(bytes)) {
      const events = eventsOf(pieces);
      expect(events).toEqual(whole);
      expect(JSON.stringify(events)).not.toContain('\uFFFD');
    }
    expect(eventsOf(piecesOf(bytes, 1))).toEqual(whole);
  });

  it('S1: half a character at the very end is no U+FFFD', () => {
    const bytes = Buffer.from('data: {"a":"好"}\n\ndata: {"a":"好');
    for (const missing of [1, 2]) {
      const events = eventsOf([bytes.subarray(0, bytes.length - missing)]);
      expect(events).toEqual([{ data: '{"a":"好"}' }, { data: '{"a":"', unterminated: true }]);
    }
  });

  it('makes U+FFFD of what upstream sent broken, and goes on', () => {
    const broken = Buffer.concat([
      Buffer.from('data: a'),
      Buffer.from([0xff, 0x80, 0xc3]),
      Buffer.from('b\n\ndata: c\n\n'),
    ]);
    const [first, second] = eventsOf([broken]);
    expect(first?.data).toMatch(/^a\uFFFD+b$/);
    expect(second).toEqual({ data: 'c' });
  });

  it('makes U+FFFD of broken bytes in long reads too', () => {
    const text = Buffer.from(`data: ${'好'.repeat(400)}`);
    const events = eventsOf([Buffer.concat([text, Buffer.from([0xff]), Buffer.from('x\n\n')])]);
    expect(events).toEqual([{ data: `${'好'.repeat(400)}\uFFFDx` }]);
  });

  it('S1: long reads that are not ASCII, cut anywhere in a character', () => {
    const data = '杭州👋🏽é'.repeat(400);
    const bytes = Buffer.from(`data: ${data}\n\n`);
    for (let size = 600; size < 640; size++) expect(eventsOf(piecesOf(bytes, size))).toEqual([{ data }]);
  });
});

describe('the last event', () => {
  it.each([
    ['without a line end', 'data: {"a":1}', [{ data: '{"a":1}', unterminated: true }]],
    ['without a blank line', 'data: {"a":1}\n', [{ data: '{"a":1}', unterminated: true }]],
    ['with half a CRLF', 'data: {"a":1}\r', [{ data: '{"a":1}', unterminated: true }]],
    ['with its name', 'event: error\ndata: x', [{ data: 'x', event: 'error', unterminated: true }]],
    ['cut in its data', 'data: {"a":', [{ data: '{"a":', unterminated: true }]],
    ['cut in the field name', 'da', []],
    ['a comment', ': keep-al', []],
    ['whole', 'data: x\n\n', [{ data: 'x' }]],
    ['nothing at all', '', []],
  ])('S2: %s', (_name, text, expected) => {
    for (const pieces of cutsOf(Buffer.from(text))) expect(eventsOf(pieces)).toEqual(expected);
  });
});

describe('JSON without data:', () => {
  const error = { error: { code: 503, message: 'busy } ] " \\ {', details: [{}, []] } };

  it.each([
    ['on one line', JSON.stringify(error)],
    ['pretty-printed', JSON.stringify(error, null, 2)],
    ['in a list', JSON.stringify([error], null, '\t')],
  ])('is an event: %s', (_name, text) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const stream = `data: {"n":1}\n\n${text}\n\ndata: {"n":2}\n\n`.replaceAll('\n', lineEnd);
      for (const pieces of cutsOf(Buffer.from(stream))) {
        const events = eventsOf(pieces);
        expect(events.map(({ data }): unknown => JSON.parse(data))).toEqual(
          [{ n: 1 }, error, { n: 2 }].map((value, place) => (place === 1 && text.startsWith('[') ? [value] : value)),
        );
      }
    }
  });

  it('of the fixture ernie/chat-stream-midstream-error.sse is its last event', () => {
    for (const pieces of cutsOf(fixtureBytes('ernie/chat-stream-midstream-error.sse'))) {
      const last = eventsOf(pieces).at(-1);
      expect(JSON.parse(last?.data ?? '')).toMatchObject({ error_code: 336000 });
    }
  });

  it('that was cut is marked unterminated', () => {
    expect(eventsOf([Buffer.from('{\n "error": {\n')])).toEqual([{ data: '{\n "error": {', unterminated: true }]);
  });

  it('is whole when its brackets close, with or without a line end', () => {
    expect(eventsOf([Buffer.from('{"error":1}')])).toEqual([{ data: '{"error":1}' }]);
  });

  it('other text is passed over', () => {
    expect(eventsOf([Buffer.from('<html>\n<body>Bad gateway</body>\n</html>\n')])).toEqual([]);
  });
});

describe('size', () => {
  it('S3: one event of 5 MB passes by default', () => {
    const data = 'x'.repeat(5 * 1024 * 1024);
    const bytes = Buffer.from(`data: ${data}\n\n`);
    for (const size of [bytes.length, 64 * 1024]) {
      const events = eventsOf(piecesOf(bytes, size));
      expect(events.length).toBe(1);
      expect(events[0]?.data === data).toBe(true);
    }
  });

  it.each([
    ['ASCII', 'x'.repeat(1000)],
    ['characters of three bytes', `${'好'.repeat(333)}x`],
    ['characters of four bytes', '👋'.repeat(250)],
    ['several lines', `${'123456789\n'.repeat(99)}1234567890`],
    ['JSON without data:', `{"a":"${'x'.repeat(992)}"}`],
    ['pretty-printed JSON without data:', `{\n"a":"${'x'.repeat(991)}"}`],
  ])('S3: the limit counts bytes of data exactly: %s', (_name, data) => {
    expect(Buffer.byteLength(data)).toBe(1000);
    const text = data.startsWith('{')
      ? `${data}\n\n`
      : `${data
          .split('\n')
          .map((line) => `data: ${line}\n`)
          .join('')}\n`;
    const stream = Buffer.from(`data: before\n\n${text}data: after\n\n`);
    for (const size of [1, 7, 100, stream.length]) {
      expect(eventsOf(piecesOf(stream, size), { maxFrameBytes: 1000 })).toEqual([
        { data: 'before' },
        { data },
        { data: 'after' },
      ]);
      const { events, code } = until(piecesOf(stream, size), { maxFrameBytes: 999 });
      expect(events).toEqual([{ data: 'before' }]);
      expect(code).toBe('frame_too_large');
    }
  });

  it('S3: an event that never ends is given up, and the reader stays so', () => {
    const reader = new EventReader({ maxFrameBytes: 100 });
    expect(() => {
      for (let count = 0; count < 20; count++) reader.push(Buffer.from('data: 12345\n'));
    }).toThrow(expect.objectContaining({ code: 'frame_too_large' }));
    expect(() => reader.push(Buffer.from('data: x\n\n'))).toThrow('100 bytes');
    expect(() => reader.end()).toThrow('100 bytes');
  });

  it('any number of comments and events is no frame', () => {
    const stream = Buffer.from(': keep-alive\n\ndata: x\n\n'.repeat(200));
    expect(eventsOf(piecesOf(stream, 64), { maxFrameBytes: 100 }).length).toBe(200);
  });

  /** Events up to the error, and its code. */
  function until(
    pieces: Iterable<Uint8Array>,
    options: { maxFrameBytes: number },
  ): { events: ServerEvent[]; code: unknown } {
    const reader = new EventReader(options);
    const events: ServerEvent[] = [];
    try {
      for (const piece of pieces) events.push(...reader.push(piece));
      events.push(...reader.end());
    } catch (error) {
      return { events, code: error instanceof Error && 'code' in error ? error.code : error };
    }
    return { events, code: undefined };
  }
});

describe('properties', () => {
  const dataLine = fc
    .oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('[DONE]', '{"a":', '你好👋'))
    .map((line) => line.replaceAll(/[\r\n]/g, ''));
  const event = fc.record({
    lines: fc.array(dataLine, { minLength: 1, maxLength: 3 }),
    name: fc.option(fc.constantFrom('error', 'delta'), { nil: undefined }),
  });
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

  it('S1, S2: whatever the line ends and cuts, what was written is what is read', () => {
    fc.assert(
      fc.property(
        fc.array(event),
        lineEnd,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (events, end, sizes) => {
          const text = events
            .map(
              ({ lines: data, name }) =>
                `${name ? `event: ${name}${end}` : ''}${data.map((line) => `data: ${line}${end}`).join('')}${end}`,
            )
            .join('');
          const bytes = Buffer.from(text);
          const pieces: Uint8Array[] = [];
          for (let at = 0; at < bytes.length;) {
            const size = sizes[pieces.length % sizes.length] ?? 1;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          const expected = events.map(({ lines: data, name }) => ({
            data: Buffer.from(data.join('\n')).toString(),
            ...(name ? { event: name } : {}),
          }));
          expect(eventsOf(pieces)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('any bytes at all: reading them never fails', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
        for (const { data } of eventsOf(pieces)) expect(typeof data).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});
