import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, untranslatable } from 'nexusai-hub/provider-kit';

/** Words of JSON Schema that Gemini's `Schema`, a subset of OpenAPI 3.0, has with the same meaning. */
const KEPT = [
  'title',
  'description',
  'format',
  'nullable',
  'default',
  'example',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'required',
  'propertyOrdering',
];

/** Deeper than any schema that does not hold itself. */
const MAX_DEPTH = 64;

/**
 * A JSON schema in the subset of OpenAPI that `parameters` and `responseSchema` take: references are put in place,
 * `const` becomes an `enum`, a list of types an `anyOf`, `null` among them `nullable`. Words it lacks, such as
 * `additionalProperties`, are left out.
 * @throws NexusError `request_invalid` for a schema that holds itself, or a reference that leads nowhere.
 */
export function openapiSchemaOf(schema: JsonObject, param: string): JsonObject {
  return translated(schema, schema, param, 0);
}

function translated(schema: JsonObject, root: JsonObject, param: string, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw untranslatable(param, 'must not refer to itself.');
  const within = (value: unknown): JsonObject => translated(isJsonObject(value) ? value : {}, root, param, depth + 1);
  const { $ref: reference, ...besides } = schema;
  if (typeof reference === 'string') return { ...within(target(reference, root, param)), ...within(besides) };
  const { allOf, properties, items } = schema;
  if (Array.isArray(allOf) && allOf.length > 0) {
    const { allOf: _all, ...rest } = schema;
    return Object.assign({}, within(rest), ...allOf.map(within)) as JsonObject;
  }
  return {
    ...Object.fromEntries(KEPT.flatMap((name) => (name in schema ? [[name, schema[name]]] : []))),
    ...enumOf(schema),
    ...typeOf(schema, within),
    ...(isJsonObject(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, within(one)])) }
      : {}),
    ...(isJsonObject(items) ? { items: within(items) } : {}),
  };
}

function target(reference: string, root: JsonObject, param: string): unknown {
  let found: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (step !== '') found = isJsonObject(found) ? found[name] : undefined;
  }
  if (isJsonObject(found)) return found;
  throw untranslatable(param, 'must refer to what it defines itself.');
}

function enumOf(schema: JsonObject): JsonObject {
  const values: unknown = 'const' in schema ? [schema['const']] : schema['enum'];
  // Only text can be listed there.
  return Array.isArray(values) && values.every((value) => typeof value === 'string')
    ? { type: 'string', enum: values }
    : {};
}

function typeOf(schema: JsonObject, within: (value: unknown) => JsonObject): JsonObject {
  const { type, anyOf, oneOf } = schema;
  const types: readonly unknown[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const choices: unknown = anyOf ?? oneOf;
  const alternatives: readonly unknown[] = Array.isArray(choices) ? choices : [];
  const isNull = (value: unknown): boolean => isJsonObject(value) && value['type'] === 'null';
  const nullable = types.includes('null') || alternatives.some(isNull) ? { nullable: true } : {};
  const [only, ...others] = alternatives.filter((one) => !isNull(one)).map(within);
  if (only && others.length > 0) return { anyOf: [only, ...others], ...nullable };
  const [first, ...more] = types.filter((one) => one !== 'null');
  const ofTypes = more.length > 0 ? { anyOf: [first, ...more].map((one) => ({ type: one })) } : { type: first };
  return { ...(first === undefined ? {} : ofTypes), ...only, ...nullable };
}
