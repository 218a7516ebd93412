import type { ChatMessage } from '../../openai/types.ts';
import type { Session } from '../../ports/session-tracker.ts';
import { expectSame } from './reading.ts';
import { sessionChangingChecks } from './session-changing-checks.ts';
import { ANNA, ask, BEN, chat, named, type SessionTrackerCheck, turn, usageOf } from './session-tracker-run.ts';

/** Ids of strangers, and how they have to come back: in a header. */
const ODD_IDS = ['', ' ', 'a b', 'line\nbreak', 'x'.repeat(5_000), '杭州', '__proto__', "'; drop table", '\u0000'];
const IN_HEADERS = /^[\x21-\x7e]{1,128}$/;

const OPENER = 'Hello';
const GONE_ON = chat(OPENER, 'Hi! How can I help?', 'Tell me about tea.');

/** Checks by the ids of their cases. */
export const sessionTrackerChecks: Readonly<Record<string, SessionTrackerCheck>> = {
  named: {
    name: 'N4: a conversation that is named goes on under its name, whatever is said in it',
    check: async (tracker) => {
      const first = await ask(tracker, 'n-1');
      const second = await turn(tracker, chat('Something else'), { clues: named('n-1') });
      expectSame('the first request', first.isNew, true);
      expectSame('the second request', [second.id, second.isNew], [first.id, false]);
      expectSame('another name', (await ask(tracker, 'n-2')).isNew, true);
    },
  },
  callers: {
    name: 'N5: callers never meet, whether they use the same name, say the same or go on from the same',
    check: async (tracker) => {
      await ask(tracker, 'n-1');
      expectSame('the name at another caller', (await ask(tracker, 'n-1', BEN)).isNew, true);
      await turn(tracker, chat(OPENER), { answer: 'Hi! How can I help?', responseId: 'resp_1' });
      expectSame('what was said', (await turn(tracker, GONE_ON, { caller: BEN })).isNew, true);
      const clues = { previousResponseId: 'resp_1' };
      const response = await turn(tracker, chat('And then?'), { caller: BEN, clues });
      expectSame('the response', response.isNew, true);
    },
  },
  'odd-ids': {
    name: 'X8: ids of strangers may be any text: they lead to one conversation each, of an id that fits into a header',
    check: async (tracker) => {
      const ids = new Set<string>();
      for (const odd of ODD_IDS) {
        const first = await ask(tracker, odd);
        const second = await ask(tracker, odd);
        expectSame(`the id of ${JSON.stringify(odd.slice(0, 20))}`, IN_HEADERS.test(first.id), true);
        expectSame('the same once more', [second.id, second.isNew], [first.id, false]);
        ids.add(first.id);
      }
      expectSame('how many there are', ids.size, ODD_IDS.length);
    },
  },
  openers: {
    name: 'N1: people who say the same with one key are not one conversation, nor when they heard the same',
    check: async (tracker) => {
      const first = new Set<string>();
      for (let person = 0; person < 20; person++)
        first.add((await turn(tracker, chat(OPENER), { answer: 'Hi! How can I help?' })).id);
      expectSame('conversations', first.size, 20);
      const second = new Set<string>();
      for (let person = 0; person < 20; person++) second.add((await turn(tracker, GONE_ON, { answer: 'Sure.' })).id);
      expectSame('conversations that went on', second.size, 20);
    },
  },
  'goes-on': {
    name: 'N2: a request that repeats what was said goes on from it, by the answer that was heard',
    check: async (tracker) => {
      const tea = await turn(tracker, chat(OPENER), { answer: 'Hi! How can I help?' });
      const other = await turn(tracker, chat(OPENER), { answer: 'Good morning!' });
      const [on, apart] = [
        await turn(tracker, GONE_ON, { answer: 'It is brewed.' }),
        await turn(tracker, chat(OPENER, 'Good morning!', 'Tell me about tea.')),
      ];
      expectSame('by the first answer', [on.id, on.isNew], [tea.id, false]);
      expectSame('by the second answer', [apart.id, apart.isNew], [other.id, false]);
      expectSame('one and the same', on.id === apart.id, false);
      const third = await turn(tracker, [...GONE_ON, ...chat('', 'It is brewed.', 'How long?').slice(1)]);
      expectSame('a turn later', third.id, tea.id);
    },
  },
  edits: {
    name: 'N3: goes on with other instructions, another model, other white space and the same question once more',
    check: async (tracker) => {
      const system = (content: string): ChatMessage => ({ role: 'system', content });
      const first = await turn(tracker, [system('Be brief.'), ...chat(OPENER)], { answer: 'Hi! How can I help?' });
      const ways: readonly (readonly [string, ChatMessage[], string])[] = [
        ['instructions', [system('It is noon. Be kind.'), ...GONE_ON], 'm'],
        ['the model', [system('Be brief.'), ...GONE_ON], 'another'],
        [
          'white space',
          [system('Be brief.'), ...chat(` ${OPENER}\n`, 'Hi! How can I help? ', 'Tell me about tea.')],
          'm',
        ],
        ['nothing: asked once more', [system('Be brief.'), ...GONE_ON], 'm'],
      ];
      for (const [what, messages, model] of ways) {
        const session = await turn(tracker, messages, { more: { model }, answer: `It is brewed, ${what}.` });
        expectSame(`changed: ${what}`, [session.id, session.isNew], [first.id, false]);
      }
    },
  },
  response: {
    name: 'goes on from the response that a request names, of a request that is no chat, too',
    check: async (tracker) => {
      const first = await tracker.open(undefined, ANNA, {});
      await tracker.answered?.(first, ANNA, { responseId: 'resp_1' });
      const clues = { previousResponseId: 'resp_1' };
      const second = await tracker.open(undefined, ANNA, clues);
      if (tracker.answered) expectSame('the second request', [second.id, second.isNew], [first.id, false]);
      const other = await tracker.open(undefined, ANNA, { previousResponseId: 'resp_2' });
      expectSame('a response nobody gave', other.isNew, true);
    },
  },
  sure: {
    name: 'tells how sure it is from 0 to 1, and what it knows of the tokens of a request is what it was told',
    check: async (tracker) => {
      const first = await turn(tracker, chat(OPENER), { answer: 'Hi! How can I help?', usage: usageOf(8, 6) });
      const second = await turn(tracker, GONE_ON);
      for (const { score = 1, known } of [first, second]) {
        expectSame('a score from 0 to 1', score >= 0 && score <= 1, true);
        if (known) expectSame('what is known', [known.messages, known.tokens], [2, 14]);
      }
      expectSame('what is known of an opener', first.known, undefined);
    },
  },
  idle: {
    name: 'N8: is over when it was idle for exactly so long, and each request moves the end',
    check: async (tracker, { idleMs, wait }) => {
      const isNew = async (): Promise<boolean> => (await ask(tracker, 'n-1')).isNew;
      expectSame('the first request', await isNew(), true);
      await wait(idleMs * 0.75);
      expectSame('a request within the time', await isNew(), false);
      await wait(idleMs * 0.75);
      expectSame('a request within the time since', await isNew(), false);
      expectSame('active', tracker.active(), 1);
      await wait(idleMs);
      expectSame('active when it is over', tracker.active(), 0);
      expectSame('a request after the time', await isNew(), true);
    },
  },
  active: {
    name: 'counts a conversation once, however often somebody asks in it',
    check: async (tracker) => {
      expectSame('active at first', tracker.active(), 0);
      for (const id of ['n-1', 'n-2', 'n-1']) await ask(tracker, id);
      await ask(tracker, 'n-1', BEN);
      expectSame('active', tracker.active(), 3);
    },
  },
  anything: {
    name: 'X8: takes whatever is asked and answered',
    check: async (tracker) => {
      const messages = [
        [],
        chat(''),
        chat('\ud800'),
        chat('a'.repeat(300_000)),
        [{ role: 'user', content: [] }],
        [{ role: 'assistant', content: null, tool_calls: [] }],
        [{ role: 'tool', tool_call_id: 'none', content: 'x' }],
      ] as ChatMessage[][];
      for (const one of messages) {
        const session: Session = await turn(tracker, one, { answer: '\udfff' });
        expectSame('an id', IN_HEADERS.test(session.id), true);
        await tracker.counted?.(session, ANNA, usageOf(1, 1));
      }
      const clues = { promptCacheKey: '', previousResponseId: '', stored: 0 };
      const session = await tracker.open(undefined, ANNA, clues);
      await tracker.answered?.(session, ANNA, {});
    },
  },
  ...sessionChangingChecks,
};
