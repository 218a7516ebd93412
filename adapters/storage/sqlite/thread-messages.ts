import { LedgerError, type LedgerErrorCode } from '../sql/ledger-error.ts';
import type { OpenableSteps } from '../sql/openable-steps.ts';

/** What a thread is asked: one step of a ledger. */
export interface ThreadQuestion {
  readonly id: number;
  readonly step: keyof OpenableSteps;
  readonly values: readonly unknown[];
}

/** What it answers. */
export type ThreadAnswer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: SentError };

/** An error as it is sent: of their own accord errors lose what they are on the way. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: LedgerErrorCode | undefined;
}

/** To be sent. */
export function sentError(cause: unknown): SentError {
  const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause));
  return { name, message, stack, code: cause instanceof LedgerError ? cause.code : undefined };
}

/** As it was. */
export function receivedError({ name, message, stack, code }: SentError): Error {
  const error = code === undefined ? Object.assign(new Error(message), { name }) : new LedgerError(code, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
