import { tokenCounter } from '../src/defaults/token-counter.ts';

// Never closed: without it the last hub that closes ends the thread that counts tokens, and the next test waits until its
// vocabulary is loaded again, which takes longer than most tests.
await tokenCounter().count('begins the thread', 'm');
