import fc from 'fast-check';

/** A JSON object as text nobody would print so: odd white space, needless escapes, names that come twice. */
export function oddObject(names: string[]): fc.Arbitrary<string> {
  const member = fc.tuple(
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, fc.string({ unit: 'binary' })),
    oddValue(names),
  );
  return objectText(member);
}

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

function oddValue(names: string[]): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        oddString(fc.string({ unit: 'binary' })),
        oddString(fc.constantFrom('"', '\\', '\\"', '你好👋', '","model":"x', '{', ']')),
        fc.constantFrom('0', '-1.50e+3', '1E2', 'true', 'false', 'null'),
      ),
      objectText(fc.tuple(fc.constantFrom(...names, 'other'), tie('value'))),
      fc
        .tuple(fc.array(tie('value'), { maxLength: 3 }), space)
        .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`),
    ),
  }));
  return value;
}

function objectText(member: fc.Arbitrary<[string, string]>): fc.Arbitrary<string> {
  const written = fc
    .tuple(member, space, fc.array(fc.boolean(), { minLength: 1 }))
    .map(([[name, value], gap, escapes]) => `${quoted(name, escapes)}${gap}:${gap}${value}`);
  return fc
    .tuple(fc.array(written, { maxLength: 5 }), space)
    .map(([members, gap]) => `${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`);
}

function oddString(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(fc.boolean(), { minLength: 1 }))
    .map(([characters, escapes]) => quoted(characters, escapes));
}

/** Text in quotes; each UTF-16 unit is escaped where JSON wants it, and where `escapes` (over and over) says so. */
function quoted(text: string, escapes: readonly boolean[]): string {
  const units = text.split('').map((unit, place) => {
    const code = unit.charCodeAt(0);
    const must = code < 0x20 || unit === '"' || unit === '\\' || (code >= 0xd800 && code <= 0xdfff);
    const escape = escapes[place % escapes.length] ?? false;
    if ((unit === '"' || unit === '\\') && escape) return `\\${unit}`;
    return must || escape ? `\\u${code.toString(16).padStart(4, '0')}` : unit;
  });
  return `"${units.join('')}"`;
}
