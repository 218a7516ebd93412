/** What several processes share, kept in Redis: limits, conversations, small facts, and what is configured. */
export type { RedisClient, RedisConnection, ScriptCall } from './redis/client.ts';
export { redisAnswerCache } from './redis/answer-cache.ts';
export { redisConfigStore } from './redis/config-store.ts';
export { connectRedis } from './redis/connect.ts';
export type { RedisConnectionOptions } from './redis/connect.ts';
export type { RedisControlOptions } from './redis/kept.ts';
export { redisKeyStore } from './redis/key-store.ts';
export { redisLiveCounters } from './redis/live-counters.ts';
export { redisNonceStore } from './redis/nonce-store.ts';
export { redisQuota } from './redis/quota.ts';
export type { RedisQuotaOptions } from './redis/quota.ts';
export { redisSecretStore } from './redis/secret-store.ts';
export { redisSessionStore } from './redis/session-store.ts';
export { redisStore } from './redis/store.ts';
export type { RedisUse } from './redis/use.ts';
