import { isJsonObject } from './openai/json.ts';
import type { JsonObject } from './ports/index.ts';

/** Schemas a schema may come to when every reference is written out. Those people write have some hundred at most. */
const MOST_SCHEMAS = 5_000;

/** Members of a schema that hold schemas by name, and those that hold values. */
const BY_NAME = new Set(['properties', '$defs', 'definitions', 'dependentSchemas']);
const VALUES = new Set(['const', 'enum', 'default', 'examples']);
/** Members of which one has to be tried after the other. */
const UNIONS = ['anyOf', 'oneOf', 'allOf'];

/**
 * A caller's schema, made fit to be held against an answer: both come from strangers, and together they could hold up
 * the process for hours. Patterns are left out.
 *
 * @throws Error where what is left would say something else, comes to too much when its references are written out, or
 * tries several ways at each step of a recursion.
 */
export function tamed(schema: JsonObject): JsonObject {
  const tame = withoutPatterns(schema);
  new References(tame).check();
  return tame;
}

function withoutPatterns(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([name, value]): [string, unknown][] => {
      if (name === 'patternProperties') throw new Error('What such a schema allows, patterns say.');
      if (name === 'pattern') return [];
      if (VALUES.has(name)) return [[name, value]];
      return [[name, BY_NAME.has(name) && isJsonObject(value) ? mapped(value) : plain(value)]];
    }),
  );
}

const mapped = (schemas: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]));

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return isJsonObject(value) ? withoutPatterns(value) : value;
}

/** Follows the references of a schema, as far as that is not too far. */
class References {
  readonly #root: JsonObject;
  readonly #open = new Set<string>();
  #count = 0;
  #isRecursive = false;
  #hasForks = false;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  check(): void {
    this.#follow(this.#root);
    if (this.#isRecursive && this.#hasForks) throw new Error('It tries several ways at each step of a recursion.');
  }

  #follow(value: unknown): void {
    if (++this.#count > MOST_SCHEMAS) throw new Error('With its references written out it is too large.');
    if (Array.isArray(value)) for (const item of value) this.#follow(item);
    if (!isJsonObject(value)) return;
    for (const name of UNIONS) {
      const ways = value[name];
      if (Array.isArray(ways) && ways.filter(refers).length > 1) this.#hasForks = true;
    }
    for (const [name, member] of Object.entries(value)) {
      if (name === '$ref') this.#refer(member);
      else if (!VALUES.has(name) && !isTable(name, value === this.#root)) this.#follow(member);
    }
  }

  #refer(reference: unknown): void {
    if (typeof reference !== 'string') return;
    if (this.#open.has(reference)) {
      this.#isRecursive = true;
      return;
    }
    this.#open.add(reference);
    this.#follow(this.#at(reference));
    this.#open.delete(reference);
  }

  /** What a reference such as `#/$defs/node` names; nothing where it leads out of the schema. */
  #at(reference: string): unknown {
    let value: unknown = this.#root;
    for (const step of reference.split('/').slice(1)) value = isJsonObject(value) ? value[step] : undefined;
    return value;
  }
}

/** Definitions count where they are referred to. */
function isTable(name: string, isRoot: boolean): boolean {
  return isRoot && (name === '$defs' || name === 'definitions');
}

/** Whether a schema leads to another by a reference, anywhere in it. */
function refers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(refers);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, member]) => name === '$ref' || (!VALUES.has(name) && refers(member)));
}
