import { isNexusError, NexusError } from '../errors.ts';

/** Error codes of Node, undici and TLS, and what they mean to somebody who reads the message. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the host name is unknown (DNS)',
  EAI_AGAIN: 'the host name could not be looked up (DNS)',
  ETIMEDOUT: 'connecting took too long',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  ECONNRESET: 'the connection was reset before an answer',
  EPIPE: 'the connection was closed before an answer',
  UND_ERR_SOCKET: 'the connection was closed before an answer',
  UND_ERR_DESTROYED: 'the provider was closed',
  UND_ERR_CLOSED: 'the provider was closed',
  UND_ERR_HEADERS_OVERFLOW: 'the head of the answer is too large',
};

/** Codes of a connection that died under a request, rather than one that could not be made. */
const DEAD_SOCKET: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** A failure before any answer, as `provider_unavailable`. Names the kind of failure, never the host. */
export function connectionError(cause: unknown): NexusError {
  if (isNexusError(cause)) return cause;
  return new NexusError('provider_unavailable', `The provider cannot be reached: ${meaningOf(cause)}.`, {}, cause);
}

/** A failure in the middle of an answer, as `stream_interrupted`. */
export function brokenBody(cause: unknown): NexusError {
  if (isNexusError(cause)) return cause;
  return new NexusError('stream_interrupted', 'The connection broke in the middle of the answer.', {}, cause);
}

/** Why an aborted call ends: the signal's reason where it is ours, else `cancelled`. */
export function abortError(signal: Pick<AbortSignal, 'reason'>): NexusError {
  const reason: unknown = signal.reason;
  return isNexusError(reason) ? reason : new NexusError('cancelled', 'The request was cancelled.', {}, reason);
}

/** True when a connection that was open died before the answer began. */
export function isDeadSocket(cause: unknown): boolean {
  return DEAD_SOCKET.has(codeOf(cause) ?? '');
}

function meaningOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === undefined) return 'the call failed';
  const meaning = MEANINGS[code];
  if (meaning) return meaning;
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) return `the TLS connection failed (${code})`;
  if (code.startsWith('HPE_')) return `the answer is not valid HTTP (${code})`;
  return `the call failed (${code})`;
}

/** The code of an error or of what caused it; `fetch` wraps the one that says something. */
function codeOf(cause: unknown): string | undefined {
  for (let error = cause, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}
