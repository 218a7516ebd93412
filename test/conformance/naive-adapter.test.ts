import { FORWARD_OPERATION_NAMES } from 'nexusai-hub/provider-kit';
import { type MakeProvider, providerCases, type ProviderReport, providerReport } from 'nexusai-hub/testing';
import { beforeAll, describe, expect, it } from 'vitest';

import { naiveAdapter } from './naive-adapter.ts';

/** What works as long as everybody is well. */
const PASSES = [
  'stream-whole',
  'stream-large-event',
  'stream-no-end-mark',
  'stream-after-end-mark',
  'stream-finish-length',
  'stream-reasoning',
  'stream-no-usage',
  'stream-parallel',
  'whole-ok',
  'whole-byte-by-byte',
  'whole-blank-lines',
  'whole-compressed',
  'whole-reasoning',
  'whole-no-usage',
  'request-untouched',
  'tools-stream',
  'tools-whole',
  'tools-parallel',
  'tools-empty-ids',
  'finish-absent',
  'return',
  'unhandled-rejections',
  'embed-numbers',
  'embed-base64',
  'embed-many',
  'embed-byte-by-byte',
  'models-listed',
  'models-none',
  'key-not-in-url',
];

/** What passing on byte streams comes to by itself. */
const OPERATIONS_PASS = [
  'completions-stream-framing',
  'responses-stream-framing',
  'image_generations-stream-framing',
  'image_edits-stream-framing',
  'image_variations-whole',
  'speech-stream-framing',
  'transcriptions-stream-framing',
  'translations-whole',
];

/** Where it waits for ever: nobody told it that its answer is not wanted, or it keeps all that comes. */
const NEVER_ENDS = [
  'stream-frame-too-large',
  'stream-heartbeat',
  'abort-before-head',
  'abort-later',
  'abort-whole',
  'stall',
  'embed-left',
  'models-left',
];

/** What a decoder per chunk, a split at blank lines and no thought of the end come to besides. */
const FAILS = [
  'stream-cuts',
  'stream-byte-by-byte',
  'framing-crlf',
  'framing-cr',
  'framing-no-blank',
  'framing-comments',
  'framing-fields',
  'framing-blank-lines',
  'framing-bom',
  'framing-multi-line',
  'framing-unterminated',
  'stream-compressed',
  'stream-cut-finish',
  'stream-cut-end',
  'stream-cut-break',
  'stream-cut-anywhere',
  'stream-empty',
  'stream-only-comments',
  'stream-error-first',
  'stream-error-later',
  'stream-error-before-end-mark',
  'stream-error-named',
  'stream-error-bare',
  'stream-error-json',
  'stream-not-json',
  'stream-html',
  'whole-cut',
  'no-connection',
  'whole-for-stream',
  'stream-for-whole',
  'whole-error-200',
  'whole-unreadable',
  'tools-index-zero',
  'tools-no-index',
  'tools-fragments-without-index',
  'tools-index-drifts',
  'tools-index-gaps',
  'usage-on-finish',
  'usage-without-choices',
  'usage-before-finish',
  'usage-running',
  'null-members',
  'role-repeated',
  'role-missing',
  'ids-that-change',
  'finish-missing',
  'finish-empty',
  'finish-unknown',
  'reasoning-named-reasoning',
  'role-only',
  'error-shapes',
  'error-key',
  'error-missing',
  'error-invalid',
  'error-rate',
  'error-overloaded',
  'error-server',
  'error-html',
  'wait-header',
  'wait-reset',
  'wait-words',
  'abort-already',
  'embed-refused',
  'embed-unreadable',
  'embed-broken',
  'models-refused',
  'models-malformed',
  'models-odd',
  'key-unseen',
];

const make: MakeProvider = ({ url }) => naiveAdapter({ url, apiKey: 'canary-4f1d0c7e9b' });

/** A case about an operation that is passed on. */
function isOfOperation(id: string): boolean {
  return FORWARD_OPERATION_NAMES.some((operation) => id.startsWith(`${operation}-`));
}

function neverEnds(id: string): boolean {
  return NEVER_ENDS.includes(id) || (isOfOperation(id) && id.endsWith('-left'));
}

/** The cases that never end, or all the others, are skipped. */
function without(areEndless: boolean): Record<string, string> {
  const skipped = providerCases(make).filter(({ id }) => neverEnds(id) === areEndless);
  return Object.fromEntries(skipped.map(({ id }) => [id, 'looked at apart']));
}

describe('a naive adapter', () => {
  let report: ProviderReport;
  let endless: ProviderReport;

  beforeAll(async () => {
    // Where the rest of a second would change nothing, it is not waited for.
    endless = await providerReport(make, { skip: without(false), patienceMs: 1_000 });
    report = await providerReport(make, { skip: without(true) });
  }, 60_000);

  it('fails in exactly these cases', () => {
    const own = (ids: readonly string[]): string[] => ids.filter((id) => !isOfOperation(id));
    expect(own(report.failed.map(({ id }) => id))).toEqual(FAILS);
    expect(own(report.passed)).toEqual(PASSES);
    expect(own(endless.failed.map(({ id }) => id))).toEqual(NEVER_ENDS);
  });

  it('fails in all that is more of an operation than its bytes', () => {
    expect(report.passed.filter(isOfOperation)).toEqual(OPERATIONS_PASS);
    expect(report.failed.filter(({ id }) => isOfOperation(id)).length).toBeGreaterThan(60);
    expect(endless.passed).toEqual([]);
  });

  it('is told what was expected and what came', () => {
    const whyOf = Object.fromEntries([...report.failed, ...endless.failed].map(({ id, why }) => [id, why]));
    expect(whyOf).toMatchObject({
      'stream-byte-by-byte': expect.stringMatching(/^text: expected 'é杭👋🏽'; came '\uFFFD/),
      'stream-cut-finish': 'Expected the error stream_interrupted; came no error, text "杭州 is Москва".',
      'stream-empty': 'Expected the error empty_stream; came no error, text "".',
      'stream-error-first': expect.stringContaining('A chunk has no id or no model: {"error":'),
      'error-rate': expect.stringContaining('Expected a NexusError; came Error: The provider answered 429'),
      'abort-later': 'Expected the end of the stream within 1000 ms; nothing came.',
      'completions-whole': expect.stringContaining('Expected the request as it came; sent was'),
      'responses-stream-cut': 'Expected the error stream_interrupted or empty_stream; came no error, 0 bytes.',
      'models-odd': 'A model has no id: null.',
      'finish-missing': "finish reason: expected 'stop'; came undefined.",
    });
  });

  it('is told it lesson by lesson', () => {
    const lessons = [...report.text.matchAll(/^([A-Z]\d+): /gm)].map(([, lesson]) => lesson);
    const wanted = ['C3', 'E1', 'E2', 'R6', 'S1', 'S2', 'S4', 'S5', 'S6', 'S7', 'S8', 'S10', 'S12', 'X1'];
    expect([...new Set(lessons)]).toEqual(wanted);
    expect(report.text).toMatch(/^37 passed, 139 failed, 23 skipped\n/);
    expect(report.text).toContain('S4: a role and nothing else is no answer (role-only)\n  Expected the error');
    expect(report.text.indexOf('(no-connection)')).toBeGreaterThan(report.text.indexOf('X1: '));
  });
});
