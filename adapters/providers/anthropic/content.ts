import type { JsonObject } from 'nexusai-hub/ports';
import {
  dataUrlOf,
  isJsonObject,
  partsOf,
  type RequestPart,
  textOfPart,
  untranslatable,
  urlOfPart,
} from 'nexusai-hub/provider-kit';

/**
 * The content of a message as Anthropic's blocks. Empty text is left out, which the API refuses; a part of a type that
 * OpenAI does not have is taken for a block of Anthropic's own.
 * @throws NexusError `request_invalid` for a part that cannot be said.
 */
export function blocksOf(content: unknown, path: string): JsonObject[] {
  return partsOf(content).flatMap((part, place) => {
    const block = blockOf(part, typeof content === 'string' ? path : `${path}[${place}]`);
    return block ? [withCacheControl(block, part)] : [];
  });
}

function blockOf(part: RequestPart, path: string): JsonObject | undefined {
  const text = textOfPart(part);
  if (text !== undefined) return text.trim() === '' ? undefined : { type: 'text', text };
  switch (part.type) {
    case 'image_url':
      return { type: 'image', source: sourceOf(urlOfPart(part) ?? '', `${path}.image_url.url`) };
    case 'file':
      return fileBlock(isJsonObject(part['file']) ? part['file'] : {}, `${path}.file`);
    case 'input_audio':
    case 'video_url':
      throw untranslatable(path, 'is of a type that Anthropic does not take; send text, images or documents.');
    default:
      return part;
  }
}

function sourceOf(url: string, path: string): JsonObject {
  const data = dataUrlOf(url);
  if (data) return { type: 'base64', media_type: data.mediaType, data: data.base64 };
  if (/^https?:\/\//i.test(url)) return { type: 'url', url };
  throw untranslatable(path, 'must be a data URL or an http URL.');
}

function fileBlock(file: JsonObject, path: string): JsonObject {
  const { file_data: data, file_id: id, filename } = file;
  const title = typeof filename === 'string' ? { title: filename } : {};
  if (typeof data === 'string') {
    const { mediaType, base64 } = dataUrlOf(data) ?? {};
    if (mediaType?.startsWith('image/')) return { type: 'image', source: sourceOf(data, path) };
    if (mediaType !== 'text/plain' || base64 === undefined)
      return { type: 'document', source: sourceOf(data, `${path}.file_data`), ...title };
    const text = Buffer.from(base64, 'base64').toString();
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  // Anthropic's ids; those of OpenAI (`file-…`) name nothing there.
  if (typeof id === 'string' && id.startsWith('file_'))
    return { type: 'document', source: { type: 'file', file_id: id }, ...title };
  throw untranslatable(path, 'must hold file_data, or a file_id of Anthropic.');
}

/** Marks of what is to be cached stand on the parts, as LiteLLM and OpenRouter have them. */
export function withCacheControl(block: JsonObject, from: object): JsonObject {
  const control: unknown = 'cache_control' in from ? from.cache_control : undefined;
  return isJsonObject(control) ? { ...block, cache_control: control } : block;
}
