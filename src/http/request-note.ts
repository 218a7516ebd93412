import type { NexusError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { Caller, Clock } from '../ports/index.ts';
import type { AuditedRequest } from '../request-audit.ts';
import type { Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';

/** Of longer bodies only the length is kept. */
const MOST_CONTENT_BYTES = 1024 * 1024;

/** What a request asks for, as the hub knows it. */
type Asked = Pick<AuditedRequest, 'route' | 'permission'>;

/** What is found out about a request while it is answered, for the audit log. */
export class RequestNote {
  caller: Caller | undefined;
  error: NexusError | undefined;
  readonly #exchange: Exchange;
  readonly #requestId: string;
  readonly #asked: Asked;
  readonly #clock: Clock;
  readonly #since: number;
  #content: string | undefined;

  constructor(exchange: Exchange, requestId: string, asked: Asked, clock: Clock) {
    this.#exchange = exchange;
    this.#requestId = requestId;
    this.#asked = asked;
    this.#clock = clock;
    this.#since = clock.elapsed();
  }

  /** The exchange to go on with: its body is noted where that is wanted. */
  listening({ audit }: Gateway): Exchange {
    const exchange = this.#exchange;
    if (!audit?.wantsContent) return exchange;
    if (exchange.parsedBody !== undefined) this.#content = JSON.stringify(exchange.parsedBody);
    return exchangeAround(exchange, {
      body: async (limitBytes, came) => {
        const bytes = await exchange.body(limitBytes, came);
        this.#content = contentOf(bytes, exchange);
        return bytes;
      },
    });
  }

  /** The request is over. */
  tell({ audit }: Gateway): void {
    if (!audit) return;
    const { method, path, status, leaving, address } = this.#exchange;
    const { route, permission } = this.#asked;
    audit.request({
      method,
      path,
      route,
      permission,
      caller: this.caller,
      status,
      code: this.error?.code,
      isLeft: leaving.aborted,
      requestId: this.#requestId,
      address,
      atMs: this.#clock.now(),
      durationMs: this.#clock.elapsed() - this.#since,
      content: this.#content,
    });
  }
}

/** What is no text to look at, or too much, is told by its length. */
function contentOf(bytes: Uint8Array, exchange: Exchange): string {
  const isText = /^(application\/json|text\/)/i.test(exchange.header('content-type') ?? 'application/json');
  const isPacked = exchange.header('content-encoding') !== undefined;
  if (!isText || isPacked || bytes.length > MOST_CONTENT_BYTES) return `[${String(bytes.length)} bytes]`;
  return new TextDecoder().decode(bytes);
}
