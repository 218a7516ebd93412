/**
 * A provider of your own: a value with one verb. This one answers from a table of questions; a real one would ask a
 * server. Run it with `npx tsx examples/custom-provider.ts`.
 */
import { NexusHub } from 'nexusai-hub';
import type { ChatCompletion, ChatRequest, Provider } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';

/** Answers frequent questions; whatever it does not know goes to the next target of the model. */
function faq(answers: Readonly<Record<string, string>>): Provider {
  return {
    kind: 'faq',
    async open(request) {
      const answer = answers[questionOf(request)];
      // `provider_not_found` lets the hub ask the next one; `request_invalid` would tell the caller.
      if (answer === undefined) throw new NexusError('provider_not_found', 'This question is not in the table.');
      // A whole answer is enough: the hub makes a stream of it where the caller wants one.
      return completionOf(request.model, answer);
    },
  };
}

function questionOf({ messages }: ChatRequest): string {
  const content = messages.at(-1)?.content;
  return typeof content === 'string' ? content.trim().toLowerCase() : '';
}

function completionOf(model: string, content: string): ChatCompletion {
  return {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: 'chat.completion',
    created: Math.trunc(Date.now() / 1000),
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
  };
}

const hub = new NexusHub({
  providers: {
    known: faq({ 'when are you open?': 'From 9 to 5, Monday to Friday.' }),
    staff: faq({ 'where are you?': 'By the river, behind the old mill.' }),
  },
  // All traffic goes to the first; the second is asked when the first has no answer.
  models: { help: ['known', { provider: 'staff', weight: 0 }] },
});

for (const content of ['When are you open?', 'Where are you?']) {
  process.stdout.write(`${content} `);
  const messages = [{ role: 'user' as const, content }];
  const stream = await hub.chat.completions.create({ model: 'help', messages, stream: true });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  process.stdout.write('\n');
}
await hub.close();
