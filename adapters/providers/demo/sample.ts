import { isJsonObject } from 'nexusai-hub/provider-kit';

/** Deepest nesting that is filled in. */
const MAX_DEPTH = 6;

/** A plain value that fits a JSON schema of the kind tools and structured outputs use; `{}` where none is given. */
export function sampleOf(schema: unknown, depth = 0): unknown {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return {};
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return (schema['enum'] as unknown[])[0];
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return sampleOf(choices[0], depth + 1);
  const type: unknown = Array.isArray(schema['type']) ? (schema['type'] as unknown[])[0] : schema['type'];
  switch (type) {
    case 'string':
      return 'demo';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return schema['items'] === undefined ? [] : [sampleOf(schema['items'], depth + 1)];
    default:
      return sampleObject(schema['properties'], depth);
  }
}

function sampleObject(properties: unknown, depth: number): Record<string, unknown> {
  if (!isJsonObject(properties)) return {};
  const entries = Object.entries(properties).map(([name, member]) => [name, sampleOf(member, depth + 1)] as const);
  return Object.fromEntries(entries);
}
