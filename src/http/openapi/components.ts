import { z } from 'zod';
import { type JsonSchema, mergePatchOf } from './merge-patch.ts';

/** By their names among the components. Of our own: zod's belongs to the program that uses this package. */
const registry = z.registry<{ readonly id: string }>();
/** Those that are printed as changes, with the members that say which one is meant. */
const patches = new Map<string, readonly string[]>();

/** Gives a schema its name among the components. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  registry.add(schema, { id });
  return schema;
}

/** What may be said to change something of this schema, by a name of its own. `naming`: what says which one is meant. */
export function patchNamed<Shape extends z.ZodRawShape>(
  id: string,
  { shape }: z.ZodObject<Shape>,
  naming: readonly string[] = [],
): z.ZodType {
  patches.set(id, naming);
  return named(id, z.strictObject(shape));
}

/** A page of a list, by its name among the components. */
export function listNamed(id: string, item: z.ZodType, more: z.ZodRawShape = {}): z.ZodType {
  return named(id, z.strictObject({ object: z.literal('list'), data: z.array(item), has_more: z.boolean(), ...more }));
}

/** What says that something is gone. */
export function deletedNamed(id: string, object: string): z.ZodType {
  return named(id, z.strictObject({ object: z.literal(object), id: z.string(), deleted: z.literal(true) }));
}

/** Where a schema stands in the document. */
export function refTo(schema: z.ZodType): { readonly $ref: string } {
  return { $ref: placeOf(nameOf(schema)) };
}

/** The name of a schema among the components. */
export function nameOf(schema: z.ZodType): string {
  const id = registry.get(schema)?.id;
  if (id === undefined) throw new TypeError('A schema of the API has no name among the components.');
  return id;
}

/** Where zod puts those that refer to themselves: they have no names, and get some. */
const SHARED = '__shared';
const PLACE = '#/components/schemas/';

/** Every schema that has a name, by it, as bodies are before they are read. */
export function componentSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
    uri: placeOf,
  });
  const { [SHARED]: shared, ...own } = inPlaces(schemas);
  const components: Record<string, JsonSchema> = {};
  for (const [name, { $schema, $id, ...schema }] of Object.entries(own)) {
    const naming = patches.get(name);
    components[name] = naming ? mergePatchOf(schema, naming) : schema;
  }
  for (const [name, schema] of Object.entries((shared?.['$defs'] ?? {}) as Record<string, JsonSchema>))
    components[sharedName(name)] = schema;
  return components;
}

function inPlaces(schemas: object): Record<string, JsonSchema> {
  const text = JSON.stringify(schemas).replaceAll(
    /"#\/components\/schemas\/__shared#\/\$defs\/(\w+)"/g,
    (_, name: string) => JSON.stringify(placeOf(sharedName(name))),
  );
  return JSON.parse(text) as Record<string, JsonSchema>;
}

function sharedName(name: string): string {
  return name.replace('schema', 'Json');
}

function placeOf(name: string): string {
  return PLACE + name;
}
