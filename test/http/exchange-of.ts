import { FetchExchange } from '../../src/http/fetch-exchange.ts';
import { placeOf } from '../../src/http/request-head.ts';

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** An exchange that nobody has answered yet. */
export function exchangeOf({ method = 'POST', path = '/any', headers = {}, body }: Asked): FetchExchange {
  const url = `http://hub${path}`;
  return new FetchExchange(
    { url, method, headers: new Headers(headers), body: body ?? null },
    placeOf(url, ''),
    () => undefined,
  );
}
