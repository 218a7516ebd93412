import { type Script, scriptOf } from './scripts.ts';

/**
 * KEYS of all: `number` and `mark` of the newest epoch; who made each one and what for; the documents of each. Numbers follow
 * each other without a gap.
 */
const NUMBER = `
local newest = tonumber(redis.call('HGET', KEYS[1], 'number') or '0')`;

/** Returns the number of the newest epoch and its mark. */
export const NEWEST: Script = scriptOf(`return redis.call('HMGET', KEYS[1], 'number', 'mark')`);

/** ARGV: its number. Returns its summary and its documents. */
export const EPOCH: Script = scriptOf(`
return { redis.call('HGET', KEYS[2], ARGV[1]), redis.call('HGET', KEYS[3], ARGV[1]) }`);

/** ARGV: the number that is told no more (empty: all are), how many. Returns summaries, the newest first. */
export const HISTORY: Script = scriptOf(
  NUMBER,
  `
local last = newest
if ARGV[1] ~= '' then last = math.min(newest, math.ceil(ARGV[1]) - 1) end
local found = {}
for number = last, last - ARGV[2] + 1, -1 do
  local summary = redis.call('HGET', KEYS[2], number)
  if not summary then break end
  found[#found + 1] = summary
end
return found`,
);

/** ARGV: number, mark, summary, documents, how many epochs are kept. Returns 1 if it was the next one, else 0. */
export const APPEND: Script = scriptOf(
  NUMBER,
  `
if newest ~= ARGV[1] - 1 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('HDEL', KEYS[2], ARGV[1] - ARGV[5])
redis.call('HDEL', KEYS[3], ARGV[1] - ARGV[5])
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'mark', ARGV[2])
return 1`,
);
