import type { TokenCount, TokenCounter } from '../../ports/token-counter.ts';
import { expectSame } from './reading.ts';

/** One thing every token counter has to do. */
interface TokenCounterCheck {
  readonly name: string;
  readonly check: (counter: TokenCounter, model: string) => Promise<void>;
}

/** Texts that counters stumble over. */
const ODD: Readonly<Record<string, string>> = {
  'a special token, spelled out': 'before <|endoftext|> after <|im_start|>',
  'half a character': 'a \ud83d b \udc00',
  'characters of several parts': '👩‍👩‍👧‍👦 🇨🇳 👍🏽 é 𠮷',
  'every kind of space': ' \t\r\n\u00a0\u2028\u3000 ',
  'a control character': 'a\u0000b\u0007',
};

/** What no counter may hold the loop up with, and tokens it cannot have fewer or more of. */
const LONG: Readonly<Record<string, string>> = {
  'a word without an end': 'a'.repeat(200_000),
  'base64 without a space': 'YWJj+/9k'.repeat(30_000),
  'Chinese without a mark': '今天天气很好我们去公园'.repeat(1_500),
  'halves of characters': '\ud800'.repeat(20_000),
};

/** Characters that may be gone over in one turn of the loop. */
const MOST_IN_A_TURN = 20_000;

export const tokenCounterChecks: Readonly<Record<string, TokenCounterCheck>> = {
  'no-text': {
    name: 'no text has no tokens',
    check: async (counter, model) => {
      expectSame('tokens of no text', (await counter.count('', model)).tokens, 0);
    },
  },
  whole: {
    name: 'S11: counts are whole numbers, and more than none where there is text',
    check: async (counter, model) => {
      for (const text of ['a', '你', '\n', 'hello world', '你好，世界！'])
        expectCount(JSON.stringify(text), await counter.count(text, model), text);
    },
  },
  odd: {
    name: 'K5: takes every text: special tokens, halves of characters, spaces of any kind',
    check: async (counter, model) => {
      for (const [what, text] of Object.entries(ODD)) expectCount(what, await counter.count(text, model), text);
    },
  },
  same: {
    name: 'counts the same text the same, also while others are counted',
    check: async (counter, model) => {
      const texts = Array.from({ length: 20 }, (_, place) => `text ${place % 5} `.repeat(1 + (place % 5) * 40));
      const counts = await Promise.all(texts.map((text) => counter.count(text, model)));
      for (const [place, count] of counts.entries()) expectSame('the count again', count, counts[place % 5]);
    },
  },
  grows: {
    name: 'K6: twice the text has about twice the tokens',
    check: async (counter, model) => {
      for (const sentence of ['It was a dark and stormy night. ', '今天天气很好，我们去公园玩吧。']) {
        const once = (await counter.count(sentence.repeat(200), model)).tokens;
        const twice = (await counter.count(sentence.repeat(400), model)).tokens;
        if (Math.abs(twice / once - 2) > 0.02)
          throw new Error(`Expected twice the text to have twice the tokens; came ${once} and ${twice}.`);
      }
    },
  },
  together: {
    name: 'counts several texts together as one by one, where it can',
    check: async (counter, model) => {
      if (!counter.countAll) return;
      const texts = ['hello', '', ' world', '你好，世界！', 'a'.repeat(3_000), ...Object.values(ODD)];
      let tokens = 0;
      let exact = true;
      for (const text of texts) {
        const count = await counter.count(text, model);
        tokens += count.tokens;
        if (text !== '') exact &&= count.exact;
      }
      const all = await counter.countAll(texts, model);
      // Who rounds does so for each text, or once.
      if (Math.abs(all.tokens - tokens) > (exact ? 0 : texts.length))
        throw new Error(`Expected ${tokens} tokens of all texts together; came ${all.tokens}.`);
      expectSame('whether all is exact', all.exact, exact);
      expectSame('tokens of no texts', (await counter.countAll([], model)).tokens, 0);
    },
  },
  loop: {
    name: 'K5: lets the loop breathe, whatever the text',
    check: async (counter, model) => {
      await counter.count('warm', model);
      for (const [what, text] of Object.entries(LONG)) {
        const { count, turns } = await watched(() => counter.count(text, model));
        expectCount(what, count, text);
        const least = Math.floor(text.length / MOST_IN_A_TURN);
        if (turns < least)
          throw new Error(`Expected the loop to turn at least ${least} times for ${what}; came ${turns}.`);
      }
    },
  },
  closes: {
    name: 'counts again after it was closed, twice even',
    check: async (counter, model) => {
      const before = await counter.count('hello world', model);
      counter.close?.();
      counter.close?.();
      expectSame('the count after closing', await counter.count('hello world', model), before);
    },
  },
};

/** A token is no more than a few characters long, and a character is at most four tokens. */
function expectCount(what: string, { tokens, exact }: TokenCount, text: string): void {
  if (!Number.isInteger(tokens) || tokens < 0)
    throw new Error(`Expected a whole number of tokens of ${what}; came ${tokens}.`);
  if (typeof exact !== 'boolean') throw new Error(`Expected to hear whether the count of ${what} is exact.`);
  if (tokens > 4 * text.length) throw new Error(`Expected at most four tokens a character of ${what}; came ${tokens}.`);
  if (tokens < text.length / 200 && /\p{L}/u.test(text))
    throw new Error(`Expected at least a token for 200 characters of ${what}; came ${tokens}.`);
}

async function watched(count: () => Promise<TokenCount>): Promise<{ count: TokenCount; turns: number }> {
  let turns = 0;
  let isCounting = true;
  const turn = (): void => {
    turns++;
    if (isCounting) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    return { count: await count(), turns };
  } finally {
    isCounting = false;
  }
}
