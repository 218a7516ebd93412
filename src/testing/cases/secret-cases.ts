import { inspect } from 'node:util';

import type { RecordedRequest } from '../answer-script.ts';
import { framed } from '../framing.ts';
import { JSON_HEADERS } from './case-run.ts';
import { HALF } from './samples.ts';
import type { UpstreamCases } from './upstream-case.ts';

/** Headers and parameters in which keys travel. */
const KEY_HEADERS = ['authorization', 'api-key', 'x-api-key', 'x-goog-api-key'];
const KEY_PARAMETERS = ['key', 'api_key', 'access_token', 'client_secret'];

/** What a provider has to do about its key. */
export const secretCases: UpstreamCases = {
  'key-unseen': {
    lesson: 'X1',
    name: 'the key shows neither in errors nor in the provider, whatever the server repeats',
    check: async (run) => {
      const shown: string[] = [inspect(run.provider, { depth: 9, showHidden: true })];
      let keys: readonly string[] = run.secrets;
      const echoed = (request: RecordedRequest): string => {
        const sent = [...keysIn(request), ...run.secrets.filter((secret) => isIn(request, secret))];
        keys = [...keys, ...sent];
        return `no: ${sent.join(' ')}`;
      };
      const words = (request: RecordedRequest): unknown => run.dialect.failure('key', echoed(request)).body;
      const answers: Parameters<typeof run.play>[0][] = [
        (request) => ({ status: 401, headers: JSON_HEADERS, sends: [JSON.stringify(words(request))] }),
        (request) => ({ status: 500, headers: { 'content-type': 'text/html' }, sends: [`<p>${echoed(request)}</p>`] }),
        (request) => ({ headers: JSON_HEADERS, sends: [echoed(request)] }),
        (request) => ({ sends: [framed([...run.dialect.events(HALF), { data: JSON.stringify(words(request)) }])] }),
        (request) => ({ sends: [framed([{ data: echoed(request) }])] }),
      ];
      for (const answer of answers) {
        run.play(answer);
        const { error } = await run.read(true);
        shown.push(inspect(error, { depth: 9 }), JSON.stringify(error), String(error?.stack));
      }
      const found = keys.find((key) => key !== '' && shown.some((text) => text.includes(key)));
      if (found !== undefined) throw new Error('Expected no key in sight; it was there.');
    },
  },
  'key-not-in-url': {
    lesson: 'X2',
    name: 'no key travels in a URL',
    check: async (run) => {
      run.playEvents(run.dialect.events(HALF));
      await run.read(true);
      const { path, headers } = await run.nextRequest();
      const { searchParams } = new URL(path, 'http://upstream');
      const secrets = [...run.secrets, ...KEY_HEADERS.map((name) => bare(headers[name] ?? ''))];
      const isInPath = secrets.some((secret) => secret !== '' && path.includes(encodeURIComponent(secret)));
      const parameter = KEY_PARAMETERS.find((name) => searchParams.has(name));
      if (isInPath || parameter !== undefined)
        throw new Error(`Expected no key in the URL; there is one${parameter ? ` under "${parameter}"` : ''}.`);
    },
  },
};

function keysIn({ headers, path }: RecordedRequest): string[] {
  const { searchParams } = new URL(path, 'http://upstream');
  const found = [
    ...KEY_HEADERS.map((name) => bare(headers[name] ?? '')),
    ...KEY_PARAMETERS.map((name) => searchParams.get(name) ?? ''),
  ];
  return found.filter((key) => key !== '');
}

function isIn({ headers, path, body }: RecordedRequest, secret: string): boolean {
  return [path, new TextDecoder().decode(body), ...Object.values(headers)].some((text) => text.includes(secret));
}

function bare(header: string): string {
  return header.replace(/^Bearer /i, '');
}
