import { NOW } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * KEYS of all: documents by the ids of their keys; the version and digests of each; whose a digest is; when each was used;
 * all ids in their order; the number of the latest change.
 */

/** A key as it is read: its document, and when it was used (empty: never). */
const READ = `
local function keyOf(id)
  return redis.call('HGET', KEYS[1], id), redis.call('HGET', KEYS[4], id) or ''
end`;

/** Numbers of changes are times that never come twice: whoever has seen one that Redis has lost is told by the next. */
const CHANGED = `
local function changed()
  local number = math.max(tonumber(redis.call('GET', KEYS[6]) or '0') + 1, now)
  redis.call('SET', KEYS[6], string.format('%.0f', number))
end

-- Version and digests of a key that is there.
local function heldBy(id)
  local held = redis.call('HGET', KEYS[2], id)
  return held and cjson.decode(held)
end

local function forgetDigests(held)
  for place = 2, #held do redis.call('HDEL', KEYS[3], held[place]) end
end`;

/** ARGV: digests. Returns the key that has one of them. */
export const FIND: Script = scriptOf(
  READ,
  `
for _, digest in ipairs(ARGV) do
  local id = redis.call('HGET', KEYS[3], digest)
  if id then return { keyOf(id) } end
end
return {}`,
);

/** ARGV: id. Returns its key. */
export const GET: Script = scriptOf(READ, `return { keyOf(ARGV[1]) }`);

/** ARGV: how many, after which id (empty: from the first). Returns documents and uses in turn. */
export const PAGE: Script = scriptOf(
  READ,
  `
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[5], from, '+', 'LIMIT', 0, ARGV[1])) do
  local document, used = keyOf(id)
  found[#found + 1] = document
  found[#found + 1] = used
end
return found`,
);

/**
 * ARGV: id, its version and digests as JSON, its document, when it was used (empty: never). Returns 1 when it is kept, 0
 * where the version before is not there, -1 where another key has one of its digests.
 */
export const PUT: Script = scriptOf(
  NOW,
  CHANGED,
  `
local id, held = ARGV[1], cjson.decode(ARGV[2])
local before = heldBy(id) or { 0 }
if before[1] ~= held[1] - 1 then return 0 end
for place = 2, #held do
  local owner = redis.call('HGET', KEYS[3], held[place])
  if owner and owner ~= id then return -1 end
end
forgetDigests(before)
for place = 2, #held do redis.call('HSET', KEYS[3], held[place], id) end
redis.call('HSET', KEYS[1], id, ARGV[3])
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[5], 0, id)
local used = tonumber(redis.call('HGET', KEYS[4], id) or '')
if ARGV[4] ~= '' and not (used and used > tonumber(ARGV[4])) then redis.call('HSET', KEYS[4], id, ARGV[4]) end
changed()
return 1`,
);

/** ARGV: id. Returns 1 where there was one. */
export const REMOVE: Script = scriptOf(
  NOW,
  CHANGED,
  `
local id = ARGV[1]
local before = heldBy(id)
if not before then return 0 end
forgetDigests(before)
for _, place in ipairs({ 1, 2, 4 }) do redis.call('HDEL', KEYS[place], id) end
redis.call('ZREM', KEYS[5], id)
changed()
return 1`,
);

/** Returns the number of the latest change. */
export const VERSION: Script = scriptOf(`return redis.call('GET', KEYS[6])`);

/** ARGV: ids and when they were used, in turn. What is known later stays. */
export const USED: Script = scriptOf(`
for place = 1, #ARGV, 2 do
  local id, at = ARGV[place], ARGV[place + 1]
  local used = tonumber(redis.call('HGET', KEYS[4], id) or '')
  if redis.call('HEXISTS', KEYS[1], id) == 1 and not (used and used >= tonumber(at)) then
    redis.call('HSET', KEYS[4], id, at)
  end
end`);
