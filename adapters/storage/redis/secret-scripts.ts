import { type Script, scriptOf } from './scripts.ts';

/** KEYS of all: sealed texts by their ids, and all ids in their order. */

/** ARGV: id, sealed. Returns 1 where the id was free. */
export const PUT: Script = scriptOf(`
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
return redis.call('ZADD', KEYS[2], 0, ARGV[1])`);

/** ARGV: id. Returns what is sealed. */
export const GET: Script = scriptOf(`return redis.call('HGET', KEYS[1], ARGV[1])`);

/** ARGV: how many, after which id (empty: from the first). Returns ids and sealed texts in turn. */
export const PAGE: Script = scriptOf(`
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, ARGV[1])) do
  found[#found + 1] = id
  found[#found + 1] = redis.call('HGET', KEYS[1], id)
end
return found`);

/** ARGV: id, what has to be there, what takes its place. Returns 1 where it did. */
export const REPLACE: Script = scriptOf(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`);

/** ARGV: id. Returns 1 where there was one. */
export const REMOVE: Script = scriptOf(`
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`);
