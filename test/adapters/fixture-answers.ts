import type { AnswerScript, RecordedRequest } from '../../src/testing/answer-script.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

/** A fixture as an upstream sends it. */
export function answer(file: string): AnswerScript {
  const fixture = fixtureOf(file);
  return { status: fixture.response.status, headers: fixture.response.headers, sends: [bytesOf(fixture)] };
}

export function jsonAnswer(body: unknown, status = 200): AnswerScript {
  return { status, headers: JSON_TYPE, sends: [JSON.stringify(body)] };
}

export function textOf(request: RecordedRequest | undefined): string {
  return new TextDecoder().decode(request?.body);
}

export function bodyOf(request: RecordedRequest | undefined): Record<string, unknown> {
  return JSON.parse(textOf(request)) as Record<string, unknown>;
}
