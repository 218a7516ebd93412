import type { ChatMessage, ChatRequest, Provider } from 'nexusai-hub/ports';

import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

/** What tests look into of a request in another dialect. */
export interface SentBody {
  readonly model: string;
  readonly system?: unknown;
  readonly messages: readonly SentTurn[];
  readonly contents: readonly SentTurn[];
  readonly tools: readonly Record<string, unknown>[];
  readonly tool_choice?: unknown;
  readonly output_config?: Record<string, unknown>;
  readonly toolConfig?: { readonly functionCallingConfig: unknown };
  readonly generationConfig?: Record<string, unknown>;
}

/** One side of the conversation in it. */
export interface SentTurn {
  readonly role: string;
  readonly content?: unknown;
  readonly parts: readonly Record<string, unknown>[];
}

/** The text of the body that a provider sends for a request, answered by a fixture. */
export async function sentText(
  make: (fetch: typeof globalThis.fetch) => Provider,
  file: string,
  request: ChatRequest,
): Promise<string> {
  const fixture = fixtureOf(file);
  const { fetch, requests } = scriptedFetch({ headers: fixture.response.headers, sends: [bytesOf(fixture)] });
  const { error } = await ask(make(fetch), request);
  if (error) throw error;
  return new TextDecoder().decode(requests[0]!.body);
}

/** A sent body, parsed. */
export function bodyIn(text: string): SentBody {
  const body: SentBody = JSON.parse(text);
  return body;
}

/** A message with members OpenAI does not have, or without some it demands. */
export function message(value: object): ChatMessage {
  return value as ChatMessage;
}
