import type { Duplex } from 'node:stream';
import type { NexusErrorCode } from '../errors.ts';
import { NexusError } from '../errors.ts';
import { errorBodyOf } from '../openai/error-body.ts';
import { PRIVATE_HEADERS } from './private-headers.ts';

interface Refusal {
  readonly line: string;
  readonly code: NexusErrorCode;
  readonly message: string;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    line: '431 Request Header Fields Too Large',
    code: 'request_invalid',
    message: 'The headers of the request are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    line: '408 Request Timeout',
    code: 'request_invalid',
    message: 'The request did not arrive in time.',
  },
};

const MALFORMED: Refusal = {
  line: '400 Bad Request',
  code: 'request_invalid',
  message: 'The request is not valid HTTP.',
};

/** For the `clientError` event of a server: what Node could not read as a request still gets an answer like ours. */
export function answerClientError(error: Error, socket: Duplex): void {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = REFUSALS[code] ?? MALFORMED;
  const body = JSON.stringify(errorBodyOf(new NexusError(refusal.code, refusal.message)));
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...PRIVATE_HEADERS };
  const head = Object.entries({ ...headers, connection: 'close' })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n');
  socket.end(`HTTP/1.1 ${refusal.line}\r\n${head}\r\n\r\n${body}`, () => socket.destroy());
}
