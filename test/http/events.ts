/** A client's stream, read strictly. */
export interface ReadEvents {
  readonly text: string;
  readonly chunks: readonly EventChunk[];
  readonly error: { readonly message: string; readonly type: string; readonly code: string | null } | undefined;
  readonly done: boolean;
  readonly comments: number;
}

interface EventChunk {
  readonly id: string;
  readonly model: string;
  readonly object: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly role?: string; readonly content?: string };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly total_tokens: number } | null;
}

/**
 * S12: reads the body of a stream by the grammar every stream must follow, and throws where it does not: whole events
 * only; one id and model; the role once per choice and first; nothing of a choice after its finish; usage last; then
 * one `[DONE]` and nothing more, or one error and nothing more, never both.
 */
export function readEvents(body: string): ReadEvents {
  if (body !== '' && !body.endsWith('\n\n')) throw new Error('The last event has no blank line.');
  const chunks: EventChunk[] = [];
  const begun = new Set<number>();
  const finished = new Set<number>();
  let [text, comments, done, usageSeen] = ['', 0, false, false];
  let error: ReadEvents['error'];
  for (const event of body.split('\n\n').slice(0, -1)) {
    if (event.startsWith(':')) {
      comments++;
      continue;
    }
    if (!event.startsWith('data: ') || event.includes('\n')) throw new Error(`Not an event of one line: ${event}`);
    if (done) throw new Error(`After [DONE]: ${event}`);
    if (error) throw new Error(`After the error: ${event}`);
    const data = event.slice('data: '.length);
    if (data === '[DONE]') {
      if (begun.size === 0 || finished.size !== begun.size) throw new Error('[DONE] before every choice had finished.');
      done = true;
      continue;
    }
    const value = JSON.parse(data) as EventChunk & { error?: ReadEvents['error'] };
    if (value.error) {
      error = value.error;
      continue;
    }
    if (value.object !== 'chat.completion.chunk') throw new Error(`Not a chunk: ${data}`);
    const first = chunks[0] ?? value;
    if (value.id !== first.id || value.model !== first.model) throw new Error(`Another id or model: ${data}`);
    if (usageSeen) throw new Error(`After the usage: ${data}`);
    if (value.usage && value.choices.length === 0) usageSeen = true;
    for (const { index, delta, finish_reason: finish } of value.choices) {
      if (finished.has(index)) throw new Error(`After the finish of choice ${index}: ${data}`);
      if (delta.role !== undefined && begun.has(index)) throw new Error(`A second role: ${data}`);
      if (delta.role === undefined && !begun.has(index)) throw new Error(`A choice that begins without role: ${data}`);
      begun.add(index);
      if (finish) finished.add(index);
      text += delta.content ?? '';
    }
    chunks.push(value);
  }
  return { text, chunks, error, done, comments };
}
