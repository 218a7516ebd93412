/** What ledgers and audit logs are made of, so that all of them count and are chained alike. */
export { CHAIN_START, hashOf, linkedTo } from './audit-chain.ts';
export { Histogram } from './histogram.ts';
export { linesOf } from './lines-of.ts';
export { isSaid, previewOf } from './message-text.ts';
export { USAGE_SUMS, type UsageNumbers, UsageSums } from './usage-sums.ts';
