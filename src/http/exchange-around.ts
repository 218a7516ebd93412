import type { EventSink, Exchange } from './exchange.ts';

/** What of an exchange is to be otherwise. */
export interface ExchangeChanges extends Partial<
  Pick<Exchange, 'signedBy' | 'address' | 'isSecure' | 'header' | 'body' | 'answer' | 'open'>
> {
  /** In place of what a body parser left. */
  readonly parsedBody?: () => unknown;
}

/** The same exchange, but for the changes. */
export function exchangeAround(exchange: Exchange, changes: ExchangeChanges): Exchange {
  const signedBy = changes.signedBy ?? exchange.signedBy;
  return {
    method: exchange.method,
    path: exchange.path,
    query: exchange.query,
    get target() {
      return exchange.target;
    },
    leaving: exchange.leaving,
    ...(signedBy === undefined ? {} : { signedBy }),
    get parsedBody() {
      return changes.parsedBody ? changes.parsedBody() : exchange.parsedBody;
    },
    address: 'address' in changes ? changes.address : exchange.address,
    isSecure: changes.isSecure ?? exchange.isSecure,
    get answered() {
      return exchange.answered;
    },
    get status() {
      return exchange.status;
    },
    header: changes.header ?? ((name) => exchange.header(name)),
    body: changes.body ?? ((limitBytes, came) => exchange.body(limitBytes, came)),
    answer:
      changes.answer ??
      ((status, headers, body) => {
        exchange.answer(status, headers, body);
      }),
    open: changes.open ?? ((status, headers): EventSink => exchange.open(status, headers)),
  };
}
