import type { NexusHub } from 'nexusai-hub';
import { expect } from 'vitest';
import { z } from 'zod';

import { SeenParts } from './openapi-seen.ts';

type Schema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface DescribedAnswer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content: Content;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

/** An operation as the document has it. */
export interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, DescribedAnswer | { readonly $ref: string }>>;
}

/** The document, as far as tests read it. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, DescribedAnswer>>;
    readonly securitySchemes: Readonly<Record<string, Schema>>;
  };
}

/** What a hub says of itself. */
export async function descriptionOf(hub: NexusHub): Promise<Description> {
  const response = await hub.fetch('http://hub/openapi.json');
  expect(response.status).toBe(200);
  return (await response.json()) as Description;
}

/** How a request goes out. */
interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers that every answer may have, whatever is answered. */
const USUAL = ['content-type', 'cache-control', 'x-content-type-options', 'x-accel-buffering', 'connection', 'vary'];

/** Asks a hub, and holds what it takes and answers against what it says of itself. */
export class DescribedHub {
  readonly #hub: NexusHub;
  readonly #key: string;
  readonly #types = new Map<string, z.ZodType>();
  readonly #defs: Schema;
  readonly description: Description;
  /** Operations that were answered well, and statuses of errors that were seen. */
  readonly done = new Set<string>();
  readonly refused = new Set<number>();

  readonly seen: SeenParts;

  /** @param seen goes on from what others have seen. */
  constructor(hub: NexusHub, key: string, description: Description, seen?: SeenParts) {
    this.#hub = hub;
    this.#key = key;
    this.description = description;
    this.#defs = inDefs(description.components.schemas);
    this.seen = seen ?? new SeenParts(this.#defs);
  }

  /** The body of an answer of this status; all of it is as described. */
  async ask<Body = Readonly<Record<string, unknown>>>(
    method: string,
    path: string,
    status = 200,
    { body, headers = {} }: Sent = {},
  ): Promise<Body> {
    const url = new URL(`http://hub${path}`);
    const operation = this.#operationAt(method, url.pathname);
    const response = await this.#hub.fetch(url.href, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await textOf(response);
    expect([method, path, response.status, response.status === status ? '' : text]).toEqual([method, path, status, '']);
    const known = operation.responses[String(status)];
    expect(known, `${operation.operationId} describes no ${String(status)}`).toBeDefined();
    const answer = resolved(known as DescribedAnswer, this.description.components.responses);
    const others = [...response.headers.keys()].filter((name) => !USUAL.includes(name) && !(name in answer.headers));
    expect([operation.operationId, others]).toEqual([operation.operationId, []]);
    if (status >= 400) this.refused.add(status);
    else this.#checkTaken(operation, url, body, response, answer);
    const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
    expect(Object.keys(answer.content)).toContain(type);
    if (type === 'text/event-stream') this.#checkEvent(operation, answer.content[type]?.schema ?? {}, text);
    if (type !== 'application/json' || answer.content[type]?.schema['type'] === 'string') return text as Body;
    const json: unknown = JSON.parse(text);
    this.seen.note(inDefs(answer.content[type]?.schema ?? {}), json);
    return this.#checked(
      answer.content[type]?.schema ?? {},
      JSON.parse(text),
      `${operation.operationId} answers`,
    ) as Body;
  }

  /** What of a schema among the components is wrong about a value. */
  complaint(name: string, value: unknown): string | undefined {
    return this.#typeOf({ $ref: `#/components/schemas/${name}` }).safeParse(value).error?.message;
  }

  #checkTaken(operation: Operation, url: URL, body: unknown, response: Response, answer: DescribedAnswer): void {
    const { operationId, parameters, requestBody } = operation;
    this.done.add(operationId);
    const known = parameters.map((one) => resolved(one, this.description.components.parameters));
    const query = known.filter((one) => one.in === 'query').map(({ name }) => name);
    expect(query, operationId).toEqual(expect.arrayContaining([...url.searchParams.keys()]));
    if (body !== undefined) {
      const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
      expect(schema, `${operationId} has a body`).toBeDefined();
      this.#checked(schema ?? {}, body, `${operationId} takes`);
    } else expect(requestBody?.required ?? false, operationId).toBe(false);
    if ('etag' in answer.headers) expect(response.headers.get('etag'), operationId).toMatch(/^".+"$/);
  }

  #checkEvent({ operationId }: Operation, { description }: Schema, text: string): void {
    const [, name = ''] = /^The data of each event is a (\w+)\.$/.exec(String(description)) ?? [];
    const [, data = ''] = /^data: (.+)$/m.exec(text) ?? [];
    this.#checked({ $ref: `#/components/schemas/${name}` }, JSON.parse(data), `${operationId} sends`);
  }

  #operationAt(method: string, path: string): Operation {
    const fitting = Object.entries(this.description.paths).filter(([form]) =>
      new RegExp(`^${form.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    const [exact] = fitting.sort(([one], [other]) => one.split('{').length - other.split('{').length);
    const operation = exact?.[1][method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${path} is not described.`);
    return operation;
  }

  #checked(schema: Schema, value: unknown, what: string): unknown {
    const { error } = this.#typeOf(schema).safeParse(value);
    expect(error && `${what}: ${error.message} ${JSON.stringify(value)}`).toBeUndefined();
    return value;
  }

  #typeOf(schema: Schema): z.ZodType {
    const key = JSON.stringify(schema);
    let type = this.#types.get(key);
    if (!type) {
      type = z.fromJSONSchema({ ...inDefs(schema), $defs: this.#defs } as never);
      this.#types.set(key, type);
    }
    return type;
  }
}

function resolved<Item extends object>(
  item: Item | { readonly $ref: string },
  items: Readonly<Record<string, Item>>,
): Item {
  if (!('$ref' in item)) return item;
  const found = items[item.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`${item.$ref} leads nowhere.`);
  return found;
}

/** Patterns of JSON Schema are those of Unicode; zod reads them as if they were not. */
const ONE_LINE = [String.raw`^\\P{C}+$`, String.raw`^[^\\u0000-\\u001f\\u007f]+$`] as const;

function inDefs(schema: Schema): Schema {
  const text = JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/');
  return JSON.parse(text.replaceAll(...ONE_LINE)) as Schema;
}

/** Of events the first: they may go on for ever. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value as Uint8Array | undefined);
}
