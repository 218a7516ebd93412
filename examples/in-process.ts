/** No server at all: a program that imports the hub and asks it. `npx tsx examples/in-process.ts` */
import { answerInfo, NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';

const hub = new NexusHub({
  providers: { first: demo({ pace: 'instant' }), second: demo({ pace: 'instant' }) },
  // Two providers of one name share its requests and back each other up.
  models: {
    assistant: [
      { provider: 'first', model: 'demo', weight: 3 },
      { provider: 'second', model: 'demo' },
    ],
  },
});

const messages = [{ role: 'user' as const, content: 'What are you?' }];

const completion = await hub.chat.completions.create({ model: 'assistant', messages });
console.log(completion.choices[0]?.message.content, `(by ${answerInfo(completion)?.provider ?? 'nobody'})`);

const stream = await hub.chat.completions.create({ model: 'assistant', messages, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();

// So are responses, moderations, images and audio asked for, where a provider has them.
const { choices } = await hub.completions.create({ model: 'assistant', prompt: 'Once upon a time' });
console.log(choices[0]?.text);

console.log(hub.stats.now().tokens);
await hub.close();
