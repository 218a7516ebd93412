/** For tests of your own adapters and of your own use of the hub: no network, no waiting. */
export { manualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';
export { chunkOf, completionOf, scriptedProvider } from './scripted-provider.ts';
export type { Script, ScriptedCall, ScriptedProvider, StreamStep } from './scripted-provider.ts';
