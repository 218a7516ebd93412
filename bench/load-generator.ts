/** The clients of a run, in a process of their own. */
import { runLoad } from './load.ts';
import { serveParent } from './worker.ts';

serveParent({ load: runLoad });
