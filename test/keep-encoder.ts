import { tokenCounter } from '../src/defaults/token-counter.ts';

// Never closed: without it the last hub that closes ends the thread that counts tokens, and the next test waits until its
// vocabulary is loaded again, which takes longer than most tests. So no test beside it sees that thread end, or begin
// again: `shared-encoder.test.ts` does, with a process and a thread of its own.
await tokenCounter().count('begins the thread', 'm');
