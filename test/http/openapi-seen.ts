type Schema = Readonly<Record<string, unknown>>;

/**
 * Which lists and members that may be null had something in them, by where the schemas have them: what is always empty
 * fits any schema.
 */
export class SeenParts {
  readonly #schemas: Schema;
  readonly #parts = new Map<string, boolean>();

  /** @param schemas by name, which refer to each other by `#/$defs/name`. */
  constructor(schemas: Schema) {
    this.#schemas = schemas;
  }

  /** Those in which there never was anything. */
  get empty(): string[] {
    return [...this.#parts].flatMap(([place, isFull]) => (isFull ? [] : [place])).sort();
  }

  /** Looks at a value that fits the schema. */
  note(schema: Schema, value: unknown, place = ''): void {
    const { $ref, anyOf, properties, items } = schema as { $ref?: string; anyOf?: Schema[] } & Record<string, unknown>;
    if ($ref !== undefined) {
      const name = $ref.slice($ref.lastIndexOf('/') + 1);
      this.note(this.#schemas[name] as Schema, value, name);
    } else if (anyOf) this.#noteOne(anyOf, value, place);
    else if (Array.isArray(value)) {
      this.#mark(place, value.length > 0);
      for (const item of value) this.note((items ?? {}) as Schema, item, `${place}[]`);
    } else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries((properties ?? {}) as Record<string, Schema>))
        if (Object.hasOwn(value, name)) this.note(member, Reflect.get(value, name), `${place}.${name}`);
  }

  #noteOne(choices: readonly Schema[], value: unknown, place: string): void {
    const parts = choices.filter((one) => '$ref' in one || one['type'] === 'object' || one['type'] === 'array');
    if (choices.some(({ type }) => type === 'null') && parts.length > 0) this.#mark(place, value !== null);
    const [part] = parts.filter((one) => '$ref' in one || (one['type'] === 'array') === Array.isArray(value));
    if (part && value !== null) this.note(part, value, place);
  }

  #mark(place: string, isFull: boolean): void {
    this.#parts.set(place, isFull || this.#parts.get(place) === true);
  }
}
