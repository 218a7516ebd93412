import type { AnswerHeaders, Exchange } from './exchange.ts';
import type { HttpSettings } from './options.ts';
import type { WireForm } from './sse.ts';
import { writeStream } from './sse.ts';

/**
 * Answers with items while they come, no faster than the client reads. What goes wrong before the first of them is thrown:
 * it still becomes an answer with a status of its own. Who left is not written to any more, and the items are let go.
 */
export async function streamItems<Item>(
  exchange: Exchange,
  headers: AnswerHeaders,
  items: AsyncGenerator<Item, void, undefined>,
  form: WireForm<Item>,
  settings: HttpSettings,
): Promise<void> {
  if (exchange.method === 'HEAD') {
    exchange.answer(200, headers);
    return;
  }
  try {
    let pending: Promise<IteratorResult<Item, void>> | undefined = items.next();
    await pending;
    const sink = exchange.open(200, headers);
    const nextBatch = async (): Promise<Item[] | undefined> => {
      const next = await (pending ?? items.next());
      pending = undefined;
      return next.done || exchange.leaving.aborted ? undefined : [next.value];
    };
    await writeStream({ nextBatch }, form, sink, settings);
  } finally {
    await items.return();
  }
}
