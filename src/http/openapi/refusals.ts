import { z } from 'zod';
import { CODES, NexusError, type NexusErrorCode } from '../../errors.ts';
import { errorBodyOf } from '../../openai/error-body.ts';
import { headersOf } from './answer-headers.ts';
import { named, refTo } from './components.ts';

/** The body of every answer that is an error. */
const error = named(
  'Error',
  z.strictObject({
    error: z.strictObject({
      message: z.string(),
      type: z.string(),
      code: z.string().nullable(),
      param: z.string().nullable(),
    }),
  }),
);

/** What of an operation makes it fail in which ways. */
export interface Risks {
  /** Anybody may ask. */
  readonly isOpen: boolean;
  /** It names a model. */
  readonly isCall: boolean;
  readonly asksProvider: boolean;
  /** What it is about may not be there. */
  readonly mayMiss: boolean;
  readonly hasBody: boolean;
  readonly isConditional: boolean;
  /** It changes something. */
  readonly isChange: boolean;
  /** A repeat of it is known by its key. */
  readonly isRepeatable: boolean;
}

const OTHER = 'default';

/** Errors that an operation may answer with, by status. */
export function refusalsOf(risks: Risks): Readonly<Record<string, object>> {
  const statuses = Object.entries(CAUSES).flatMap(([status, isCause]) => (isCause(risks) ? [status] : []));
  return Object.fromEntries([...statuses, OTHER].map((status) => [status, { $ref: placeOf(status) }]));
}

const isForCallers = ({ isOpen }: Risks): boolean => !isOpen;

const CAUSES: Readonly<Record<number, (risks: Risks) => boolean>> = {
  400: isForCallers,
  401: isForCallers,
  403: () => true,
  404: ({ mayMiss, isCall }) => mayMiss || isCall,
  409: ({ isChange, isCall }) => isChange && !isCall,
  412: ({ isConditional }) => isConditional,
  413: ({ hasBody }) => hasBody,
  415: ({ hasBody }) => hasBody,
  422: ({ isRepeatable }) => isRepeatable,
  429: isForCallers,
  500: () => true,
  502: ({ asksProvider }) => asksProvider,
  503: () => true,
  504: ({ asksProvider }) => asksProvider,
};

/** The errors themselves, by their names among the components. */
export function errorResponses(): Readonly<Record<string, object>> {
  const byStatus = Object.keys(CAUSES).map((status) => [`Error${status}`, responseOf(Number(status))] as const);
  const other = 'Any other error, such as method_not_allowed (405) where a path has no such method.';
  return { ...Object.fromEntries(byStatus), Error: contentOf(other, ['allow']) };
}

function responseOf(status: number): object {
  const codes = Object.keys(CODES)
    .filter((code): code is NexusErrorCode => CODES[code as NexusErrorCode].status === status)
    .map((code) => errorBodyOf(new NexusError(code, '')).error.code);
  const headers =
    status === 401 ? ['www-authenticate'] : RETRIED.includes(status) ? ['retry-after', 'retry-after-ms'] : [];
  return contentOf([...new Set(codes)].join(', '), [...headers, ...(status >= 429 ? ['x-should-retry'] : [])]);
}

/** Those that may say when it is worth while to ask again. */
const RETRIED: readonly number[] = [429, 503];

function contentOf(description: string, headers: readonly string[]): object {
  return {
    description,
    headers: headersOf(['x-request-id', ...headers]),
    content: { 'application/json': { schema: refTo(error) } },
  };
}

function placeOf(status: string): string {
  return `#/components/responses/Error${status === OTHER ? '' : status}`;
}
