import { Agent, request } from 'undici';

/**
 * How an answer ended for its client: `whole`, with everything that belongs to it, be it an error; `refused`, because
 * the server is about to end; `cut` in the middle; or `unreached`, nobody answered.
 */
export type Ending = 'whole' | 'refused' | 'cut' | 'unreached';

/** An answer as its client saw it. */
export interface Seen {
  readonly requestId: string;
  readonly ending: Ending;
  /** When its end was seen, in milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** What a server says that takes no more requests. */
const CLOSING = '"code":"closing"';

/**
 * Clients that ask a server over and over, each on a connection of its own, until it is gone: most want a stream, and
 * some ask for what their provider refuses.
 */
export class Callers {
  /** In the order in which they ended. */
  readonly seen: Seen[] = [];
  /** Resolves when the first answer has ended. */
  readonly begun: Promise<void>;
  /** Resolves when no server is left to be asked. */
  readonly over: Promise<void>;
  readonly #agent = new Agent();
  readonly #url: string;
  readonly #name: string;
  #asked = 0;
  #hasBegun: () => void = () => undefined;

  /** @param name begins the ids of their requests. */
  constructor(url: string, name: string, count: number) {
    this.#url = url;
    this.#name = name;
    this.begun = new Promise((resolve) => (this.#hasBegun = resolve));
    this.over = this.#run(count);
  }

  async #run(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#askOn()));
    this.#hasBegun();
    await this.#agent.destroy();
  }

  async #askOn(): Promise<void> {
    let ending: Ending = 'whole';
    while (ending === 'whole') {
      const number = this.#asked++;
      const requestId = `${this.#name}-${number}`;
      ending = await this.#ask(requestId, number);
      this.seen.push({ requestId, ending, atMs: performance.now() });
      this.#hasBegun();
    }
  }

  async #ask(requestId: string, number: number): Promise<Ending> {
    const stream = number % 4 !== 0;
    const content = number % 10 === 9 ? `status 400, ${requestId}` : requestId;
    let ending: Ending = 'unreached';
    try {
      const { statusCode, body } = await request(`${this.#url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: { 'content-type': 'application/json', 'x-request-id': requestId },
        body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content }] }),
      });
      ending = 'cut';
      let text = '';
      for await (const piece of body) {
        text += String(piece);
        // A client knows now that it is the end, whatever becomes of the connection.
        if (text.endsWith('data: [DONE]\n\n')) return 'whole';
      }
      if (statusCode === 503 && text.includes(CLOSING)) return 'refused';
      return stream && statusCode === 200 ? 'cut' : 'whole';
    } catch {
      return ending;
    }
  }
}
