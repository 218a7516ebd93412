import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formFieldsOf } from '../../src/openai/form-fields.ts';
import { bodyNaming, parsePassedRequest } from '../../src/openai/forward-request.ts';

const TYPE = 'multipart/form-data; boundary=XyZ';
const part = (head: string, value: string): string => `--XyZ\r\n${head}\r\n\r\n${value}\r\n`;
const named = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value);
const END = '--XyZ--\r\n';
import { fileIn, readForm } from '../forward/forms.ts';

describe('formFieldsOf', () => {
  it('finds what other readers find, in any order, among any files', async () => {
    const field = fc.record({ name: fc.constantFrom('prompt', 'language', 'model_x'), value: fc.string() });
    const file = fc.uint8Array({ maxLength: 200 });
    const cases = fc.record({
      model: fc.string({ minLength: 1, maxLength: 50 }),
      before: fc.array(field),
      file,
      after: fc.array(field),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, before, file: bytes, after }) => {
        const form = new FormData();
        for (const { name, value } of before) form.append(name, value);
        form.append('file', new Blob([Uint8Array.from(bytes)]), 'model "x";name=model.wav');
        form.append('model', model);
        for (const { name, value } of after) form.append(name, value);
        const packed = new Response(form);
        const type = packed.headers.get('content-type')!;
        const body = Buffer.from(await packed.arrayBuffer());
        const request = parsePassedRequest('transcriptions', body, type);
        // Forms end their lines with CRLF, also inside of values.
        expect(request.model).toBe(model.replace(/\r\n?|\n/g, '\r\n'));
        expect(bodyNaming(request, request.model).body).toEqual(body);
        const renamed = bodyNaming(request, 'other/模型').body;
        const read = await readForm(renamed as Uint8Array, type);
        expect(read.getAll('model')).toEqual(['other/模型']);
        expect([...read].length).toBe(before.length + after.length + 2);
        expect((await fileIn(read, 'file')).bytes).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['two models', named('model', 'a') + named('model', 'b') + END],
    ['the field in other letters', named('Model', 'a') + END],
    ['spaces around the name', named(' model', 'a') + END],
    ['an escape in the name', named('mod\\el', 'a') + END],
    ['two names in a part', part('Content-Disposition: form-data; name="x"; name="model"', 'a') + END],
    ['an encoded name', part("Content-Disposition: form-data; name*=UTF-8''model", 'a') + END],
    [
      'two dispositions',
      part('Content-Disposition: form-data; name="x"\r\ncontent-disposition: form-data; name="model"', 'a') + END,
    ],
    ['a folded head', part('Content-Disposition: form-data;\r\n name="model"', 'a') + END],
    ['a head with lines that end in LF', part('Content-Disposition: form-data; name="x"\nA: b', 'a') + END],
    ['a boundary inside a line', named('x', 'a --XyZ b') + END],
    ['a boundary after LF alone', `${named('x', 'a\n--XyZ\nContent-Disposition: form-data; name="model"\n\nb')}${END}`],
    ['no end', named('model', 'a')],
    ['something after the end', `${named('model', 'a')}${END}--XyZ\r\n`],
    ['no head', `--XyZ\r\nvalue\r\n${END}`],
    ['a long model', named('model', 'a'.repeat(2000)) + END],
    ['nothing', ''],
  ])('refuses %s: readers take it differently', (_name, body) => {
    expect(() => formFieldsOf(Buffer.from(body), TYPE, ['model'])).toThrow(
      expect.objectContaining({ code: 'request_invalid' }),
    );
  });

  it.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=a; boundary=b'])(
    'refuses the type %s',
    (type) => {
      expect(() => formFieldsOf(Buffer.from(named('model', 'a') + END), type, ['model'])).toThrow('one boundary');
    },
  );

  it.each(['multipart/form-data; boundary="XyZ"', 'Multipart/Form-Data;charset=x;BOUNDARY=XyZ'])(
    'takes the type %s',
    (type) => {
      expect(
        formFieldsOf(Buffer.from(`preamble\r\n${named('model', 'a')}${END}`), type, ['model']).get('model')?.value,
      ).toBe('a');
    },
  );
});

describe('parsePassedRequest', () => {
  it.each([
    ['speech', { model: 'm', stream_format: 'sse' }, true],
    ['speech', { model: 'm', stream: true }, false],
    ['responses', { model: 'm', stream: true }, true],
    ['responses', { model: 'm', stream: null }, false],
  ] as const)('%s: %j wants events: %s', (operation, body, stream) => {
    expect(parsePassedRequest(operation, body).stream).toBe(stream);
  });

  it('changes the name in the text, and nothing else', () => {
    const text = '{ "model" : "m",\n "input":"\\u4f60 👋" , "n":1e2}';
    const { body } = bodyNaming(parsePassedRequest('responses', text), 'other');
    expect(JSON.stringify(body)).toBe('{"model":"other","input":"你 👋","n":100}');
  });

  it('refuses what would be read as another model', () => {
    for (const body of ['{"MODEL":"x","model":"m"}', '[]', '{"model":["m"]}', '{"model":"m","stream":"yes"}'])
      expect(() => parsePassedRequest('responses', body)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
  });
});
