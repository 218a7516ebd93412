import type { UpstreamAnswer, UpstreamCall } from '../dialect.ts';

/** Characters of one to four bytes, and of two code points. */
const PIECES = ['杭州', ' is ', 'Москва', ' 👋🏽', '。'];

/** A clean answer with usage. */
export const ANSWER: UpstreamAnswer = { text: PIECES, finish: 'stop', usage: { prompt: 5, completion: 7 } };

/** The beginning of it. */
export const HALF: UpstreamAnswer = { text: PIECES.slice(0, 3) };
export const HALF_TEXT: string = PIECES.slice(0, 3).join('');

/** As short as an answer with every width of character can be: for cases that try every byte. */
export const SHORT: UpstreamAnswer = { text: ['é杭', '👋🏽'], finish: 'stop' };

export const WITHOUT_USAGE: UpstreamAnswer = { text: PIECES, finish: 'stop' };

export const CUT_OFF: UpstreamAnswer = { ...ANSWER, finish: 'length' };

export const REASONED: UpstreamAnswer = { ...ANSWER, reasoning: ['先想', '一想。'] };

const WEATHER: UpstreamCall = { id: 'call_a1', name: 'weather', arguments: ['{"ci', 'ty":"杭', '州"}'] };
const CLOCK: UpstreamCall = { id: 'call_b2', name: 'clock', arguments: ['{"zone":"UTC"}'] };

export const ONE_CALL: UpstreamAnswer = { ...ANSWER, text: [], calls: [WEATHER], finish: 'tool_calls' };
export const TWO_CALLS: UpstreamAnswer = { ...ONE_CALL, calls: [WEATHER, CLOCK] };
