import type { Chance } from './chance.ts';
import { chanceOf } from './chance.ts';
import { WORDS } from './words.ts';

/** Makes a text of so many sentences, lines or groups. */
type Writer = (chance: Chance, length: number) => string;

/** Kinds of text that are counted, and who writes them. */
const WRITERS = {
  English: (chance, length) => times(length, () => englishSentence(chance)).join(''),
  Chinese: (chance, length) => times(length, () => chineseSentence(chance)).join(''),
  mixed: (chance, length) => times(length, () => mixedSentence(chance)).join(''),
  code: (chance, length) => times(length, () => codeLines(chance)).join('\n'),
  emoji: (chance, length) => times(length, () => emojiGroup(chance)).join(''),
  unbroken: (chance, length) => unbroken(chance, length * 40),
} as const satisfies Record<string, Writer>;

/** A kind of text. */
export type TextKind = keyof typeof WRITERS;
export const TEXT_KINDS = Object.keys(WRITERS) as readonly TextKind[];

/** So many texts of a kind, from one sentence to about 4,000 characters; the same in every run. */
export function textsOf(kind: TextKind, count: number): readonly string[] {
  const chance = chanceOf(TEXT_KINDS.indexOf(kind) + 1);
  // Short ones are as frequent as long ones are long.
  return times(count, () => WRITERS[kind](chance, 1 + Math.floor(60 * chance.next() ** 2)));
}

function englishSentence(chance: Chance): string {
  const { subject, verb, object, tail } = WORDS.english;
  const words = [subject, verb, object, tail].map((list) => oneOf(chance, list)).join(' ');
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return sentence + chance.of(['. ', '. ', ', ', '; ', '! ', '? ', '.\n', '.\n\n', ' (twice). ', ' - ', ': ']);
}

function chineseSentence(chance: Chance): string {
  const { subject, verb, object, tail } = WORDS.chinese;
  const parts = [tail, subject, verb, object].map((list) => oneOf(chance, list));
  return parts.join(chance.of(['', '', '，'])) + chance.of(['。', '。', '，', '；', '！', '？', '。\n', '……', '”，“']);
}

function mixedSentence(chance: Chance): string {
  const term = chance.of([' ', '']);
  const inserted = `${chance.of(['请用', '把', '关于', '这个'])}${term}${oneOf(chance, WORDS.terms)}${term}`;
  return chance.of([
    () => inserted + chineseSentence(chance),
    () => englishSentence(chance) + chineseSentence(chance),
    () => `${oneOf(chance, WORDS.terms)}：${chineseSentence(chance)}`,
  ])();
}

function codeLines(chance: Chance): string {
  const [one, other, third] = [0, 1, 2].map(() => oneOf(chance, WORDS.names));
  const number = chance.between(0, 99_999);
  const indent = ' '.repeat(2 * chance.between(0, 6));
  return chance.of([
    `${indent}if (${one}.${other} >= ${number}) {\n${indent}  return ${third}?.[${other}] ?? null;\n${indent}}`,
    `${indent}const ${one} = await fetch(\`\${${other}}/v1/${third}?limit=${number}\`);`,
    `def ${one}(${other}: int = ${number}) -> dict[str, Any]:\n    """Return ${third}."""\n    return {"${one}": ${other}}`,
    `SELECT ${one}, COUNT(*) AS ${other} FROM ${third}s WHERE ${one} <> '${number}' GROUP BY 1;`,
    `{"${one}":{"${other}":[${number},${number / 7}],"${third}":"0x${number.toString(16)}"}}`,
    `\t#${one} > .${other}::before { margin: ${number % 40}px auto; } /* ${third} */`,
    `${indent}}\n`,
  ]);
}

function emojiGroup(chance: Chance): string {
  const faces = times(chance.between(1, 8), () => oneOf(chance, WORDS.emoji)).join(chance.of(['', '', ' ']));
  return faces + chance.of([' ', '\n', '!', ` ${oneOf(chance, WORDS.terms)} `, '，', '。']);
}

/** What has no place to cut at: one word, or Chinese without a mark. */
function unbroken(chance: Chance, length: number): string {
  const syllables = chance.of(['a', 'na|ka|to|shi|ren|qua|bel|zu', WORDS.chinese.object, WORDS.chinese.verb]);
  let text = '';
  while (text.length < length) text += oneOf(chance, syllables);
  return text;
}

function oneOf(chance: Chance, list: string): string {
  return chance.of(list.split('|'));
}

function times<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}
