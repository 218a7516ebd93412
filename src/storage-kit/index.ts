/** What ledgers are made of, so that all of them count alike. */
export { Histogram } from './histogram.ts';
export { linesOf } from './lines-of.ts';
export { isSaid, previewOf } from './message-text.ts';
export { USAGE_SUMS, type UsageNumbers, UsageSums } from './usage-sums.ts';
