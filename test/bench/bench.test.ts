import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AnswerReader } from '../../bench/answer-reader.ts';
import { coresIn } from '../../bench/cores.ts';
import { ExpectedAnswer } from '../../bench/expected-answer.ts';
import { optionsOf, SCENARIOS } from '../../bench/options.ts';
import { requestBody } from '../../bench/prompts.ts';
import { isMet, reportOf, type Row, shown, withReport } from '../../bench/report.ts';
import { byRound, median, percentile, spreadOf } from '../../bench/statistics.ts';
import { eventsOf, shapeOf, tagOf, TAG_MARK, WHOLE_ANSWER, WHOLE_TEXT } from '../../bench/wire.ts';

const SHAPE = { pieces: 5, paceMs: 20 };
const TAG = tagOf(42);

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[], Number.NaN],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('at most half of the values lie below the median, and at most half above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it.each([
    [0.5, 2],
    [0.99, 4],
    [0, 1],
    [0.25, 1],
    [0.26, 2],
  ])('the percentile %d of 4, 2, 1, 3 is %d', (part, expected) => {
    expect(percentile([4, 2, 1, 3], part)).toBe(expected);
  });

  it('compares what stood side by side, and refuses rounds without a partner', () => {
    expect(byRound([4, 9], [2, 3], (ours, baseline) => ours / baseline)).toEqual([2, 3]);
    expect(() => byRound([1], [], () => 0)).toThrow(RangeError);
    expect(spreadOf([2, 9, 3])).toEqual({ median: 3, lowest: 2, highest: 9 });
  });
});

describe('the report', () => {
  const row: Row = {
    name: 'CPU per request',
    unit: 'us',
    baselineName: 'bare',
    baseline: 34.5,
    ours: 69,
    comparison: 'ratio',
    compared: { median: 2.004, lowest: 1.9, highest: 2.1 },
  };

  it.each<[string, Partial<Row>, string]>([
    ['a goal that was met', { goal: 2.5 }, '<= 2.50 x | met |'],
    ['a goal that was missed by a hair', { goal: 2 }, '<= 2.00 x | **missed** |'],
    ['no goal', {}, '2.00 x (1.90 x to 2.10 x) |  |  |'],
    ['failed answers, whatever the goal', { goal: 9, failed: 3 }, '**3 answers failed** |'],
    ['a difference', { comparison: 'difference', goal: 30 }, '+2.00 (+1.90 to +2.10) | <= +30 | met |'],
    ['nothing allowed', { comparison: 'value', goal: 0 }, '| none | **missed** |'],
  ])('tells %s', (_what, change, expected) => {
    expect(reportOf([{ ...row, ...change }], { isPinned: true, loadBefore: 0 })).toContain(expected);
  });

  it('tells sides and machine, whether processes were pinned, and whether others were at work', () => {
    const report = reportOf([row], { isPinned: false, loadBefore: 99 });
    expect(report).toContain('| CPU per request (us) | bare 34.5 | 69 |');
    expect(report).toContain(`Node ${process.versions.node}`);
    expect(report).toContain('not pinned');
    expect(report).toContain('busy with other work** (load 99.0');
    expect(reportOf([row], { isPinned: true, loadBefore: 0 })).not.toMatch(/not pinned|busy/);
    expect(isMet(row)).toBe(true);
    expect(isMet({ ...row, failed: 1 })).toBe(false);
  });

  it.each([
    [0.00123, '0.001'],
    [1.23456, '1.23'],
    [12, '12'],
    [28_400.4, '28,400'],
    [Number.NaN, 'not measured'],
  ])('shows %d as %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  it('goes between the markers of the page and leaves the rest as it was', () => {
    const page = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n';
    const once = withReport(page, 'new');
    expect(once).toBe('before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n');
    expect(withReport(once, 'new')).toBe(once);
    expect(() => withReport('no markers', 'new')).toThrow('no place');
  });
});

describe('the command line', () => {
  it('does everything when told nothing', () => {
    expect(optionsOf([])).toEqual({ scenarios: Object.keys(SCENARIOS), rounds: 5, isQuick: false });
    expect(optionsOf(['--help'])).toBe('help');
    expect(optionsOf(['--only', 'slow,plain', '--rounds', '3'])).toMatchObject({
      scenarios: ['slow', 'plain'],
      rounds: 3,
    });
    expect(optionsOf(['--quick', '--rounds', '7'])).toMatchObject({ rounds: 1, isQuick: true });
  });

  it.each([
    ['--only', 'plan'],
    ['--only', 'toString'],
    ['--rounds', '0'],
    ['--rounds', '8'],
    ['--rounds', '2.5'],
    ['--what'],
  ])('refuses %s %s', (...args) => {
    expect(() => optionsOf(args)).toThrow(TypeError);
  });

  it.each([
    ['0-1', [0, 1]],
    ['0,2-4,7', [0, 2, 3, 4, 7]],
    ['', []],
  ])('the cores in "%s" are %j', (list, expected) => {
    expect(coresIn(list)).toEqual(expected);
  });
});

describe('the requests', () => {
  it.each([1_000, 100_000])('have a prompt of about %d bytes, a third of them Chinese', (bytes) => {
    const body = requestBody('whole', bytes, false);
    const chinese = [...body.matchAll(/[\u3000-\u9fff\uff00-\uffef]/g)].length * 3;
    expect(Buffer.byteLength(body)).toBeGreaterThan(bytes);
    expect(Buffer.byteLength(body)).toBeLessThan(bytes * 1.15 + 500);
    expect(chinese / bytes).toBeGreaterThan(0.25);
    expect(chinese / bytes).toBeLessThan(0.45);
    expect(body).toContain(TAG_MARK);
  });

  it('ask for a stream where one is wanted, and name the model', () => {
    expect(JSON.parse(requestBody('stream-5-20', 0, true))).toMatchObject({ model: 'stream-5-20', stream: true });
    expect(shapeOf('mock-stream-5-20')).toEqual(SHAPE);
    expect(shapeOf('whole')).toBeUndefined();
  });
});

/** Reads a connection's bytes in these pieces; gives the bodies and the statuses. */
function readAll(pieces: readonly Buffer[]): string[] {
  const answers: string[] = [];
  let body = '';
  const reader = new AnswerReader({
    onBody: (bytes) => (body += bytes.toString('latin1')),
    onEnd: (status) => {
      answers.push(`${status} ${body}`);
      body = '';
    },
  });
  for (const piece of pieces) reader.push(piece);
  return answers;
}

describe('the reader of answers', () => {
  const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nB\r\n big\r\nworld\r\n0\r\n\r\n';
  const SIZED = 'HTTP/1.1 429 Too Many\r\nContent-Length: 4\r\n\r\nwait';
  const EMPTY = 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n';

  it('reads answers of every kind, whatever the cuts between reads', () => {
    const bytes = Buffer.from(CHUNKED + SIZED + EMPTY + CHUNKED);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((end, place) => bytes.subarray(cuts[place], end));
        expect(readAll(pieces)).toEqual(['200 hello big\r\nworld', '429 wait', '204 ', '200 hello big\r\nworld']);
      }),
    );
  });

  it.each(['HTTP/1.0 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', CHUNKED.replace('5\r\n', 'x\r\n')])(
    'refuses %j',
    (text) => {
      expect(() => readAll([Buffer.from(text)])).toThrow(Error);
    },
  );
});

/** What is wrong with an answer that came as these bodies. */
function judged(shape: typeof SHAPE | undefined, ...bodies: string[]): string | undefined {
  const expected = new ExpectedAnswer(shape);
  expected.begin(TAG);
  for (const body of bodies) expected.add(Buffer.from(body));
  return expected.failure();
}

describe('what an answer must be', () => {
  const events = eventsOf(TAG, SHAPE.pieces, false);
  const others = eventsOf(tagOf(43), SHAPE.pieces, false);

  it('lets pass what the provider sent, in any pieces, printed again, with usage or comments', () => {
    expect(judged(SHAPE, ...events)).toBeUndefined();
    expect(judged(SHAPE, events.join(''))).toBeUndefined();
    expect(judged(SHAPE, ...eventsOf(TAG, SHAPE.pieces, true))).toBeUndefined();
    expect(judged(SHAPE, ': keep-alive\n\n', ...events)).toBeUndefined();
    expect(judged(undefined, WHOLE_ANSWER)).toBeUndefined();
    expect(judged(undefined, ` ${WHOLE_ANSWER}`)).toBeUndefined();
  });

  it.each([
    ['the end mark is missing', events.slice(0, -1)],
    ['the finish is missing', events.toSpliced(-2, 1)],
    ['an event is missing', events.toSpliced(3, 1)],
    ['an event came twice', events.toSpliced(3, 0, events[3]!)],
    ['two events changed places', events.toSpliced(2, 2, events[3]!, events[2]!)],
    ['an event is of another stream', events.toSpliced(3, 1, others[3]!)],
    ['there is nothing', []],
    ['an event is cut', [events.join('').slice(0, 300)]],
    ['an error came in the stream', [...events.slice(0, 3), 'data: {"error":{"message":"broken"}}\n\n']],
  ])('tells when %s', (_what, bodies) => {
    expect(judged(SHAPE, ...bodies)).toEqual(expect.any(String));
  });

  it('tells when a whole answer says something else', () => {
    expect(judged(undefined, WHOLE_ANSWER.replace(WHOLE_TEXT, 'Paris.'))).toEqual(expect.any(String));
    expect(judged(undefined, '{}')).toEqual(expect.any(String));
  });

  it('knows the first text, also where a cut goes through it', () => {
    const expected = new ExpectedAnswer(SHAPE);
    expected.begin(TAG);
    const middle = events[1]!.indexOf(TAG) + 3;
    expect(expected.add(Buffer.from(events[0]!))).toBe(false);
    expect(expected.add(Buffer.from(events[1]!.slice(0, middle)))).toBe(false);
    expect(expected.add(Buffer.from(events[1]!.slice(middle)))).toBe(true);
  });
});
