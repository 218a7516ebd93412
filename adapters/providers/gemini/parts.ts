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
 * The content of a message as parts of Gemini's; empty text is left out.
 * @throws NexusError `request_invalid` for a part that cannot be said.
 */
export function geminiParts(content: unknown, path: string): JsonObject[] {
  return partsOf(content).flatMap((part, place) => {
    const said = partOf(part, typeof content === 'string' ? path : `${path}[${place}]`);
    return said ? [said] : [];
  });
}

function partOf(part: RequestPart, path: string): JsonObject | undefined {
  const text = textOfPart(part);
  if (text !== undefined) return text === '' ? undefined : { text };
  switch (part.type) {
    case 'image_url':
    case 'video_url':
      return mediaPart(urlOfPart(part) ?? '', `${path}.${part.type}.url`);
    case 'input_audio':
      return audioPart(isJsonObject(part['input_audio']) ? part['input_audio'] : {}, `${path}.input_audio`);
    case 'file':
      return filePart(isJsonObject(part['file']) ? part['file'] : {}, `${path}.file`);
    default:
      throw untranslatable(`${path}.type`, 'is of a kind that Gemini does not take.');
  }
}

function mediaPart(url: string, path: string): JsonObject {
  const data = dataUrlOf(url);
  if (data) return { inlineData: { mimeType: data.mediaType, data: data.base64 } };
  if (!/^(?:https?|gs):\/\//i.test(url)) throw untranslatable(path, 'must be a data URL, or an http or gs URL.');
  const mimeType = mediaTypeOf(url);
  return { fileData: { ...(mimeType === undefined ? {} : { mimeType }), fileUri: url } };
}

function audioPart({ data, format }: JsonObject, path: string): JsonObject {
  if (typeof data === 'string' && typeof format === 'string')
    return { inlineData: { mimeType: `audio/${format}`, data } };
  throw untranslatable(path, 'must hold data and format.');
}

function filePart({ file_data: data, file_id: id }: JsonObject, path: string): JsonObject {
  if (typeof data === 'string') return mediaPart(data, `${path}.file_data`);
  // Files of Google's are named by their URI.
  if (typeof id === 'string' && /^(?:https?|gs):\/\//i.test(id)) return mediaPart(id, `${path}.file_id`);
  throw untranslatable(path, 'must hold file_data, or the URI of a file of Google as file_id.');
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['txt', 'text/plain'],
]);

/** By the ending of the name; Google looks for itself where nothing is said. */
function mediaTypeOf(url: string): string | undefined {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1];
  return MEDIA_TYPES.get(ending?.toLowerCase() ?? '');
}
