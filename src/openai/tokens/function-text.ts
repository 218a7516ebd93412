import { isJsonObject } from '../json.ts';
import { printJson } from '../print-json.ts';

/** Each level of objects is indented by this; descriptions are shown of the first one only, and of functions. */
const INDENT = 2;

/**
 * Functions as OpenAI shows them to its models: a TypeScript namespace. Found out by measuring (hmarr/openai-chat-tokens,
 * 36 pairs on gpt-3.5-turbo); its tokens also make up what the OpenAI cookbook publishes for tools. Bodies are no deeper
 * than `MAX_DEPTH`.
 */
export function functionText(functions: readonly unknown[]): string {
  const lines = ['namespace functions {', ''];
  for (const one of functions) {
    if (!isJsonObject(one)) continue;
    const { name, description, parameters } = one;
    if (isText(description)) lines.push(`// ${description}`);
    const properties = propertiesOf(parameters, 0);
    if (properties === '') lines.push(`type ${wordOf(name)} = () => any;`, '');
    else lines.push(`type ${wordOf(name)} = (_: {`, properties, '}) => any;', '');
  }
  lines.push('} // namespace functions');
  return lines.join('\n');
}

function propertiesOf(schema: unknown, indent: number): string {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return '';
  const required: unknown = schema['required'];
  const lines: string[] = [];
  for (const [name, property] of Object.entries(schema['properties'])) {
    if (indent < INDENT && isJsonObject(property) && isText(property['description']))
      lines.push(`// ${property['description']}`);
    const mark = Array.isArray(required) && required.includes(name) ? '' : '?';
    lines.push(`${name}${mark}: ${typeOf(property, indent)},`);
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}

function typeOf(schema: unknown, indent: number): string {
  if (!isJsonObject(schema)) return 'any';
  const { type, enum: values, anyOf, items } = schema;
  if (Array.isArray(anyOf)) return anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (Array.isArray(values)) return values.map((value) => printJson(value)).join(' | ');
  switch (type) {
    case 'object':
      return ['{', propertiesOf(schema, indent + INDENT), '}'].join('\n');
    case 'array':
      return `${typeOf(items, indent)}[]`;
    case 'integer':
      return 'number';
    default:
      return Array.isArray(type) ? type.map(wordOf).join(' | ') : wordOf(type);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function wordOf(value: unknown): string {
  return isText(value) ? value : 'any';
}
