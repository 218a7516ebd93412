import { isJsonObject } from '../openai/json.ts';
import type { JsonObject } from '../openai/types.ts';

/** A part of a message's content as adapters read it: a type, and members that may be anything. */
export interface RequestPart extends JsonObject {
  readonly type: string;
}

/** The content of a message as a list of parts: text alone becomes one part, nothing none. */
export function partsOf(content: unknown): RequestPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isPart) : [];
}

/** The text of a part: what it says, also where it says it by refusing. `undefined`: it is no text. */
export function textOfPart(part: RequestPart): string | undefined {
  const text = part.type === 'text' ? part['text'] : part.type === 'refusal' ? part['refusal'] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** The URL of a part that shows something (`image_url`, `video_url`), which may stand there without an object around it. */
export function urlOfPart(part: RequestPart): string | undefined {
  const value = part[part.type];
  const url = isJsonObject(value) ? value['url'] : value;
  return typeof url === 'string' ? url : undefined;
}

function isPart(value: unknown): value is RequestPart {
  return isJsonObject(value) && typeof value['type'] === 'string';
}
