/** A schema of JSON, as it is printed. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const NULL: JsonSchema = { type: 'null' };

/**
 * What may be said to change something of this schema, merged as RFC 7396 says: nothing has to be named but what says
 * which one is meant, and `null` takes away what need not be there. Lists are whole.
 */
export function mergePatchOf(schema: JsonSchema, naming: readonly string[] = []): JsonSchema {
  const { required, ...rest } = schema;
  const needed = Array.isArray(required) ? (required as readonly string[]) : [];
  const changed: Record<string, unknown> = { ...rest };
  if (isMembers(schema['properties']))
    changed['properties'] = mapped(schema['properties'], (name, member) => {
      // What stands in a change where nothing is said is not its default.
      const { default: _, ...own } = mergePatchOf(member);
      return needed.includes(name) ? own : nullable(own);
    });
  const others = schema['additionalProperties'];
  if (isSchema(others) && Object.keys(others).length > 0)
    changed['additionalProperties'] = nullable(mergePatchOf(others));
  for (const name of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[name])) changed[name] = (schema[name] as JsonSchema[]).map((one) => mergePatchOf(one));
  if (naming.length > 0) changed['required'] = naming;
  return changed;
}

function nullable(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  if (!Array.isArray(schema['anyOf'])) return { anyOf: [schema, NULL] };
  const anyOf = schema['anyOf'] as readonly JsonSchema[];
  return anyOf.some(({ type }) => type === 'null') ? schema : { ...schema, anyOf: [...anyOf, NULL] };
}

function mapped(
  members: Readonly<Record<string, JsonSchema>>,
  change: (name: string, schema: JsonSchema) => JsonSchema,
): JsonSchema {
  return Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, change(name, schema)]));
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function isMembers(value: unknown): value is Readonly<Record<string, JsonSchema>> {
  return isSchema(value);
}
