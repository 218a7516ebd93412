/** What is measured without a socket: calls over a canned `fetch`, and the hot pieces by themselves. */
import { runInProcess } from './in-process-runs.ts';
import { runMicro } from './micro.ts';
import { serveParent } from './worker.ts';

serveParent({
  inProcess: ({ kind, contender, forMs }) => runInProcess(kind, contender, forMs),
  micro: ({ forMs }) => runMicro(forMs),
});
