/** Longest pattern, in letters. */
const LONGEST = 500;
/** What `*`, `+` and `{n,}` stand for at most: a pattern that looks on for ever can be made to. */
const FARTHEST = 64;
/** In how many ways a pattern may try to match at one place. */
const MOST_WAYS = 10_000;

/** What a pattern can take so far: how many ways there are to try it, and its text with every repetition bounded. */
interface Read {
  readonly ways: number;
  readonly source: string;
}

/**
 * A regular expression of an owner's that cannot be made to look for long, whatever text it is held against: `*` and `+`
 * reach 64 times at most, and of all ways to match at one place there are 10,000 at most.
 * @throws TypeError with what is wrong.
 */
export function boundedPattern(source: string, flags = ''): RegExp {
  if (source.length > LONGEST) throw new TypeError(`a pattern has at most ${LONGEST} letters`);
  if (/[^gimsu]/.test(flags)) throw new TypeError('a pattern has no flags but g, i, m, s and u');
  const plain = compiled(source, flags);
  const { ways, source: bounded } = new PatternReader(source).read();
  if (ways > MOST_WAYS)
    throw new TypeError('the pattern can match in too many ways: have fewer repetitions, or bound them as in \\d{4,8}');
  if (plain.test('')) throw new TypeError('the pattern matches nothing at all: it has to need at least one letter');
  return compiled(bounded, flags.includes('g') ? flags : `${flags}g`);
}

function compiled(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags.replace('g', '') + (flags.includes('g') ? 'g' : ''));
  } catch (cause) {
    throw new TypeError('the pattern is no regular expression', { cause });
  }
}

/** Reads a regular expression that is known to be one. */
class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Read {
    const branches = [this.#sequence()];
    while (this.#take('|')) branches.push(this.#sequence());
    const ways = branches.reduce((sum, branch) => sum + branch.ways, 0);
    return { ways, source: branches.map(({ source }) => source).join('|') };
  }

  #sequence(): Read {
    let all: Read = { ways: 1, source: '' };
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at] ?? '')) {
      const next = this.#repeated(this.#atom());
      all = { ways: capped(all.ways * next.ways), source: all.source + next.source };
    }
    return all;
  }

  #atom(): Read {
    const open = this.#match(/\((?:\?(?:[:=!]|<[=!]|<[^>]+>))?/y);
    if (open !== undefined) {
      const inner = this.read();
      this.#take(')');
      return { ways: inner.ways, source: `${open}${inner.source})` };
    }
    const single = this.#match(/\[(?:\\[\s\S]|[^\]\\])*\]|\\[pPu]\{[^}]*\}|\\[\s\S]|[\s\S]/y) ?? '';
    if (/^\\[1-9k]/.test(single)) throw new TypeError('a pattern does not refer back to its own groups');
    return { ways: 1, source: single };
  }

  #repeated(atom: Read): Read {
    const found = this.#match(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (found === undefined) return atom;
    const [least, most] = rangeOf(found);
    if (least > FARTHEST || most > FARTHEST * 4)
      throw new TypeError(`a pattern repeats ${FARTHEST} times at most, got ${found}`);
    let ways = 0;
    for (let times = least; times <= most; times++) ways = capped(ways + atom.ways ** times);
    return { ways, source: `${atom.source}{${least},${most}}${found.length > 1 && found.endsWith('?') ? '?' : ''}` };
  }

  #match(shape: RegExp): string | undefined {
    shape.lastIndex = this.#at;
    const found = shape.exec(this.#source)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(letter: string): boolean {
    const isThere = this.#source[this.#at] === letter;
    if (isThere) this.#at += 1;
    return isThere;
  }
}

function rangeOf(found: string): [least: number, most: number] {
  if (found.startsWith('*')) return [0, FARTHEST];
  if (found.startsWith('+')) return [1, FARTHEST];
  if (found.startsWith('?')) return [0, 1];
  const [, least = '0', comma, most = ''] = /^\{(\d+)(,?)(\d*)\}/.exec(found) ?? [];
  const from = Number(least);
  return [from, comma === '' ? from : most === '' ? from + FARTHEST : Number(most)];
}

function capped(ways: number): number {
  return Math.min(ways, Number.MAX_SAFE_INTEGER);
}
