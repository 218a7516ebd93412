import { NexusError } from './errors.ts';

/** A body with its media type, the boundary of a form included. */
export interface FormBody {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/**
 * A body as the form the OpenAI SDK would make of it: lists as `name[]`, objects as `name[member]`, files as files; what
 * is null or undefined is left out.
 * @throws NexusError `request_invalid`, naming the member that cannot stand in a form.
 */
export async function formBodyOf(body: unknown): Promise<FormBody> {
  if (typeof body !== 'object' || body === null)
    throw new NexusError('request_invalid', 'The request must be an object.');
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) await append(form, name, value);
  const packed = new Response(form);
  return {
    contentType: packed.headers.get('content-type') ?? '',
    bytes: new Uint8Array(await packed.arrayBuffer()),
  };
}

async function append(form: FormData, name: string, value: unknown): Promise<void> {
  if (value === undefined || value === null) return;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    form.append(name, String(value));
    return;
  }
  const file = await fileOf(value);
  if (file) form.append(name, file);
  else if (Array.isArray(value)) for (const item of value) await append(form, `${name}[]`, item);
  else if (typeof value === 'object')
    for (const [member, inner] of Object.entries(value)) await append(form, `${name}[${member}]`, inner);
  else {
    const rule = 'must be text, a number, true or false, a file, or a list or an object of these';
    throw new NexusError('request_invalid', `${name} ${rule}.`, { param: name });
  }
}

type FilePart = ConstructorParameters<typeof File>[0][number];

/** The file that a value stands for, if it does. Servers tell its format by its name. */
async function fileOf(value: unknown): Promise<File | undefined> {
  if (value instanceof File) return value;
  if (value instanceof Blob) return new File([value], 'file', { type: value.type });
  if (value instanceof Uint8Array) return new File([new Uint8Array(value)], 'file');
  if (typeof value !== 'object' || value === null) return undefined;
  if (isAnswer(value)) return new File([await value.blob()], nameIn(value.url));
  if (isReadInPieces(value)) {
    const path = 'path' in value && typeof value.path === 'string' ? value.path : 'file';
    return new File(await piecesOf(value), nameIn(path));
  }
  if (!isNamed(value)) return undefined;
  const type = 'type' in value && typeof value.type === 'string' ? value.type : '';
  return new File(await piecesOf(value.data), value.name, { type });
}

async function piecesOf(stream: AsyncIterable<FilePart>): Promise<FilePart[]> {
  const pieces: FilePart[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

function isReadInPieces(value: unknown): value is AsyncIterable<FilePart> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isNamed(value: object): value is { readonly data: AsyncIterable<FilePart>; readonly name: string } {
  return 'data' in value && isReadInPieces(value.data) && 'name' in value && typeof value.name === 'string';
}

function isAnswer(value: object): value is { readonly url: string; blob(): Promise<Blob> } {
  return 'blob' in value && typeof value.blob === 'function' && 'url' in value && typeof value.url === 'string';
}

/** The last step of a path or a URL. */
function nameIn(path: string): string {
  return path.split(/[?#]/, 1)[0]?.split(/[\\/]/).pop() || 'file';
}
