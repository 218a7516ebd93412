import type { AssistantMessage, Caller, ChatMessage, ChatRequest, SessionTracker } from 'nexusai-hub/ports';

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A request of a conversation, whose id the test knows. */
export interface Turn {
  readonly conversation: number;
  readonly caller: Caller;
  readonly request: ChatRequest;
  readonly answer: AssistantMessage;
  /** What had been said before, and after it, as a key: people who said and heard the same cannot be told apart. */
  readonly before: string;
  readonly after: string;
  /** What the client did to what was said before; `plain`: nothing, `opener`: nothing was said before. */
  readonly edit: string;
  /** Later ones of the same conversation come after `waits`, and so does the answer. */
  readonly pauseMs: number;
}

const WORDS =
  'the model gateway counts tokens answers keep stream error budget prices latency retry cache window python table list write explain why how should between under over fast cheap index query report river music tax garden recipe travel '.split(
    ' ',
  );
const HANZI =
  '模型网关统计令牌回答缓存流式错误预算价格延迟重试窗口表格列表解释为什么如何应该之间快速便宜索引查询报告旅行音乐花园';
/** What many people open with, word for word. */
const GREETINGS = ['hi', 'Hello!', '你好', 'Good morning', 'Can you help me?', 'test'];

/** What a model says to that; it has its favourites, but no two answers need be the same. */
const WELCOMES = ['How can I help you today?', 'What can I do for you?', 'How may I help?', '有什么可以帮您?'];

/** A client's edits of what it sends back. Each gets all messages but the new one, and whether one is to be left out. */
type Edit = (said: ChatMessage[], random: () => number) => ChatMessage[];

export const EDITS: Readonly<Record<string, Edit>> = {
  'edited system prompt': (said, random) => [
    { role: 'system', content: `You are helpful. It is ${Math.floor(random() * 1e6)} o'clock.` },
    ...said.filter(({ role }) => role !== 'system'),
  ],
  'dropped system prompt': (said) => said.filter(({ role }) => role !== 'system'),
  'dropped head': (said) => lastPairs(said, 2),
  'dropped all but the last pair': (said) => lastPairs(said, 1),
  'compacted to a summary': (said, random) => [
    { role: 'system', content: `Summary of the conversation so far: ${sentence(random, 40)}` },
    ...lastPairs(
      said.filter(({ role }) => role !== 'system'),
      2,
    ),
  ],
  'summary as a user message': (said, random) => [
    { role: 'user', content: `This session continues an earlier one. Summary: ${sentence(random, 40)}` },
    ...lastPairs(
      said.filter(({ role }) => role !== 'system'),
      2,
    ),
  ],
  'white space': (said) =>
    said.map((message) => changed(message, (text) => `  ${text.replaceAll(' ', '\n ').replaceAll('\n', '\r\n')}\n`)),
  trimmed: (said) => said.map((message) => changed(message, (text) => text.trim().replace(/\s+/g, ' '))),
  'text as parts': (said) =>
    said.map((message) =>
      typeof message.content === 'string' && message.role !== 'function'
        ? { ...message, content: [{ type: 'text', text: message.content }] }
        : message,
    ),
  names: (said) => said.map((message) => (message.role === 'user' ? { ...message, name: 'anna' } : message)),
  'dropped tool messages': (said) =>
    said.filter((message) => message.role !== 'tool' && !(message.role === 'assistant' && message.tool_calls)),
  'dropped reasoning': (said) =>
    said.map((message) => {
      if (message.role !== 'assistant') return message;
      const { reasoning_content: _, ...rest } = message;
      return changed(rest, (text) => text.replace(/<think>[^]*<\/think>/, ''));
    }),
  'reordered tool results': (said) => {
    const results = said.flatMap((message, place) => (message.role === 'tool' ? [place] : []));
    const [first, second] = results;
    if (first === undefined || second !== first + 1) return said;
    const copy = [...said];
    [copy[first], copy[second]] = [said[second]!, said[first]!];
    return copy;
  },
  'renamed call ids': (said) =>
    said.map((message) => {
      if (message.role === 'tool') return { ...message, tool_call_id: `x${message.tool_call_id}` };
      if (message.role !== 'assistant' || !message.tool_calls) return message;
      return { ...message, tool_calls: message.tool_calls.map((call) => ({ ...call, id: `x${call.id}` })) };
    }),
  'answers shortened': (said) =>
    said.map((message) =>
      message.role === 'assistant' ? changed(message, (text) => text.slice(0, text.length / 2)) : message,
    ),
};

/** The last pairs of question and answer, and the system prompt. */
function lastPairs(said: ChatMessage[], count: number): ChatMessage[] {
  const users = said.flatMap(({ role }, place) => (role === 'user' ? [place] : []));
  const from = users.at(-count) ?? 0;
  return [...said.filter(({ role }, place) => role === 'system' && place < from), ...said.slice(from)];
}

function changed<Message extends ChatMessage>(message: Message, change: (text: string) => string): Message {
  if (typeof message.content !== 'string' || message.role === 'system') return message;
  return { ...message, content: change(message.content) };
}

function sentence(random: () => number, words: number): string {
  const isChinese = random() < 0.3;
  let text = '';
  for (let word = 0; word < words; word++) {
    if (isChinese) text += HANZI[Math.floor(random() * HANZI.length)] ?? '';
    else text += `${word === 0 ? '' : ' '}${WORDS[Math.floor(random() * WORDS.length)] ?? ''}`;
  }
  return text;
}

/** A conversation of several turns as a client sends it, some of them edited. */
class Talk {
  readonly id: number;
  readonly caller: Caller;
  readonly #random: () => number;
  readonly #system: string;
  #said: ChatMessage[];
  #history = '';
  #turns = 0;
  #calls = 0;
  readonly length: number;

  constructor(id: number, caller: Caller, random: () => number) {
    this.id = id;
    this.caller = caller;
    this.#random = random;
    this.#system = `You are the assistant of ${caller.id}.`;
    this.#said = [{ role: 'system', content: this.#system }];
    this.length = 2 + Math.floor(random() * 8);
  }

  get isOver(): boolean {
    return this.#turns >= this.length;
  }

  next(): Turn {
    this.#turns++;
    const random = this.#random;
    const last = this.#said.at(-1);
    // Work with tools goes on at once, as clients do it.
    if (last?.role === 'assistant' && last.tool_calls) {
      for (const { id } of last.tool_calls)
        this.#said.push({ role: 'tool', tool_call_id: id, content: sentence(random, 6) });
      return this.#asked(this.#said, 'plain');
    }
    if (this.#turns === 1) {
      const greeting = GREETINGS[Math.floor(random() * GREETINGS.length)] ?? 'hi';
      this.#said.push({ role: 'user', content: random() < 0.4 ? greeting : sentence(random, 4 + random() * 20) });
      return this.#asked(this.#said, 'opener');
    }
    const chance = random();
    if (this.#turns > 2 && chance < 0.12) {
      const place = this.#said.findLastIndex(({ role }) => role === 'user');
      // The same again, or with another question.
      if (chance < 0.06) {
        this.#said = this.#said.slice(0, place + 1);
        return this.#asked(this.#said, 'regenerated');
      }
      this.#said = [...this.#said.slice(0, place), { role: 'user', content: this.#question() }];
      return this.#asked(this.#said, 'edited question');
    }
    const names = Object.keys(EDITS);
    const name = chance < 0.6 ? names[Math.floor(random() * names.length)] : undefined;
    const edit = name === undefined ? undefined : EDITS[name];
    const sent: ChatMessage[] = [
      ...(edit?.(this.#said, random) ?? this.#said),
      { role: 'user', content: this.#question() },
    ];
    // Most clients go on from what they sent.
    if (random() < 0.8) this.#said = sent;
    else this.#said.push(sent.at(-1)!);
    return this.#asked(sent, name ?? 'plain');
  }

  #question(): string {
    return this.#random() < 0.1 ? 'go on' : sentence(this.#random, 3 + this.#random() * 15);
  }

  #asked(sent: readonly ChatMessage[], edit: string): Turn {
    const random = this.#random;
    const last = sent.at(-1);
    const isGreeting = typeof last?.content === 'string' && GREETINGS.includes(last.content);
    const withTools = !isGreeting && last?.role === 'user' && random() < 0.2;
    const content = isGreeting
      ? `${last.content as string} ${WELCOMES[Math.floor(random() * WELCOMES.length)] ?? ''}`
      : sentence(random, 5 + random() * 60);
    const answer: AssistantMessage = withTools
      ? { role: 'assistant', content: null, refusal: null, tool_calls: this.#callsOf(1 + Math.floor(random() * 2)) }
      : {
          role: 'assistant',
          content: random() < 0.1 ? `<think>${sentence(random, 9)}</think>\n${content}` : content,
          refusal: null,
        };
    if (random() < 0.2) answer.reasoning_content = sentence(random, 12);
    const { refusal: _, ...said } = answer;
    this.#said = [...this.#said, said];
    const model = random() < 0.1 ? 'other-model' : 'model';
    const request = { model, messages: [...sent] };
    const before = this.#history;
    this.#history = `${before}|${JSON.stringify(last?.content)}|${JSON.stringify(content)}`;
    const told = { before, after: this.#history, edit, pauseMs: Math.floor(random() * 60_000) };
    return { conversation: this.id, caller: this.caller, request, answer, ...told };
  }

  #callsOf(count: number): NonNullable<AssistantMessage['tool_calls']> {
    return Array.from({ length: count }, (_, place) => ({
      id: `call_${this.id}_${this.#calls++}`,
      type: 'function' as const,
      function: {
        name: place === 0 ? 'search' : 'read',
        arguments: JSON.stringify({ query: sentence(this.#random, 3) }),
      },
    }));
  }
}

/** Conversations of many people behind several keys, at the same time. */
export function* corpus(
  conversations: number,
  callers: readonly Caller[],
  atOnce: number,
  seed: number,
): Generator<Turn> {
  const random = seeded(seed);
  const active: Talk[] = [];
  let begun = 0;
  while (begun < conversations || active.length > 0) {
    while (active.length < atOnce && begun < conversations)
      active.push(new Talk(begun++, callers[Math.floor(random() * callers.length)]!, random));
    const place = Math.floor(random() * active.length);
    const talk = active[place]!;
    yield talk.next();
    if (talk.isOver) active.splice(place, 1);
  }
}

/** How often a tracker was right, by edit. */
export interface Tally {
  /** Requests that went on from something. */
  asked: number;
  /** Of these, joined to their conversation. */
  right: number;
  /** Joined to any conversation that had begun. */
  joined: number;
}

/** What a tracker made of a corpus. */
export interface Outcome {
  readonly byEdit: ReadonlyMap<string, Tally>;
  /** Requests joined to a conversation of another caller. */
  readonly foreign: number;
  /** Openers joined to anything. */
  readonly openersJoined: number;
}

/** Plays a corpus, and compares the conversations that are found with those that there are. */
export async function play(
  tracker: SessionTracker,
  turns: Iterable<Turn>,
  pause: (ms: number) => void,
): Promise<Outcome> {
  const byEdit = new Map<string, Tally>();
  /** Whose an id is. */
  const owners = new Map<string, Turn>();
  /** Which id a conversation has. */
  const ids = new Map<number, string>();
  let foreign = 0;
  let openersJoined = 0;
  for (const turn of turns) {
    const { conversation, caller, request, answer, edit, before } = turn;
    const session = await tracker.open(request, caller, {});
    const owner = owners.get(session.id);
    if (owner && owner.caller.id !== caller.id) foreign++;
    if (owner && owner.conversation !== conversation && owner.after === before) {
      // Both have said and heard the same so far: which id is whose is decided now.
      const other = ids.get(conversation);
      if (other !== undefined) {
        owners.set(other, owner);
        ids.set(owner.conversation, other);
      }
      ids.set(conversation, session.id);
    }
    if (edit === 'opener') {
      if (!session.isNew) openersJoined++;
    } else {
      const tally = byEdit.get(edit) ?? { asked: 0, right: 0, joined: 0 };
      tally.asked++;
      if (!session.isNew) tally.joined++;
      if (!session.isNew && session.id === ids.get(conversation)) tally.right++;
      byEdit.set(edit, tally);
    }
    // Who was joined to a stranger goes on there, and is wrong once.
    ids.set(conversation, session.id);
    owners.set(session.id, turn);
    await tracker.answered?.(session, caller, { message: answer });
    pause(turn.pauseMs);
  }
  return { byEdit, foreign, openersJoined };
}
