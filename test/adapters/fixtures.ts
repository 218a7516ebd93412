import { readFileSync } from 'node:fs';

import type { NexusErrorCode } from 'nexusai-hub/provider-kit';

/** One entry of the shared manifest; see the README beside it. */
export interface Fixture {
  readonly file: string;
  readonly api: string;
  readonly dialect?: string;
  readonly note: string;
  readonly request: { readonly path?: string; readonly body?: Record<string, unknown> };
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly stream: boolean;
  };
  readonly passthrough?: boolean;
  readonly expect?: Expectation;
}

export interface Expectation {
  readonly outcome: 'ok' | 'error' | 'interrupted';
  readonly id: string | null;
  readonly model: string | null;
  readonly choices: readonly Record<string, unknown>[];
  readonly usage: Record<string, unknown> | null;
  readonly error: {
    readonly class: string;
    readonly retryable: boolean;
    readonly status: number;
    readonly code: string | null;
    readonly message: string;
    readonly retry_after_ms?: number;
  } | null;
  readonly chunks?: readonly unknown[];
}

const FOLDER = new URL('../../../shared/fixtures/', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('manifest.json', FOLDER), 'utf8')) as {
  readonly fixtures: readonly Fixture[];
};

/** The chat fixtures of a dialect, whatever it calls its chat; they all have an expectation. */
export function chatFixtures(dialect: string): Fixture[] {
  return manifest.fixtures.filter((fixture) => fixture.dialect === dialect && fixture.passthrough !== true);
}

/** All of them. */
export function allFixtures(): readonly Fixture[] {
  return manifest.fixtures;
}

export function fixtureOf(file: string): Fixture {
  const found = manifest.fixtures.find((fixture) => fixture.file === file);
  if (!found) throw new Error(`no fixture ${file}`);
  return found;
}

/** The body, byte for byte. */
export function bytesOf(fixture: Fixture): Uint8Array {
  return new Uint8Array(readFileSync(new URL(fixture.file, FOLDER)));
}

/** Which of our codes an error class of the fixtures may be. `rate_limit` that cannot be waited for has its own. */
export const CODES_OF_CLASS: Readonly<Record<string, readonly NexusErrorCode[]>> = {
  authentication: ['provider_denied'],
  permission: ['provider_denied'],
  invalid_request: ['provider_rejected'],
  not_found: ['provider_not_found'],
  context_length: ['context_length_exceeded'],
  content_filter: ['content_filtered'],
  rate_limit: ['provider_rate_limited', 'provider_limit_exceeded'],
  quota: ['provider_quota_exhausted'],
  overloaded: ['provider_overloaded'],
  server: ['provider_unavailable'],
  stream_interrupted: ['stream_interrupted'],
  malformed_response: ['malformed_response'],
};
