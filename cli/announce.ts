import type { Served } from './served.ts';

/** What is printed when the server is ready. The first line is the base URL, for programs that start us. */
export function readyLines(url: string, version: string, served: Served): string[] {
  const { needsKey, providers, model = 'gpt-4o-mini' } = served;
  const key = needsKey ? ` -H 'Authorization: Bearer YOUR_KEY'` : '';
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello!' }] });
  return [
    url,
    `NexusAI Hub ${version} is ready. Base URL for OpenAI SDKs: ${url}/v1`,
    ...providers.map((line) => `  provider ${line}`),
    needsKey
      ? '  keys     every request needs one: "Authorization: Bearer <key>"'
      : '  keys     NONE NEEDED: everybody on this machine may chat. Set NEXUS_ADMIN_KEY, or keys in NEXUS_CONFIG.',
    'Try it:',
    `  curl -N ${url}/v1/chat/completions -H 'Content-Type: application/json'${key} -d '${body}'`,
  ];
}

/** What `--help` prints. */
export const HELP: string = `nexusai-hub: many LLM providers behind one OpenAI-compatible API

Usage: nexusai-hub [--config FILE] [--port PORT] [--host HOST] [--drain-ms MS]
       nexusai-hub backup|verify|restore    copies of the database; each has its own --help
       nexusai-hub export                   what was said, what it cost, and who did what, as a file
       nexusai-hub rotate-master-key        stored secrets, sealed with another master key
       nexusai-hub audit verify             whether the audit log is as it was written

  --config FILE   YAML or JSON configuration     (NEXUS_CONFIG; without: a demo provider, no key needed)
  --port PORT     port, 0 for any free one       (PORT, 8001)
  --host HOST     address to listen on           (HOST, 127.0.0.1)
  --drain-ms MS   how long requests may go on after SIGTERM or Ctrl-C (20000)
  --version       print the version
  --help          print this

Environment: OPENAI_API_KEY adds the provider "openai" where there is no configuration file. NEXUS_ADMIN_KEY is the
key of the admin; without it one is made at the first start, in NEXUS_DATA_DIR (./data). REDIS_URL: limits,
circuits, conversations and live counters are shared by all processes that use this Redis. REDIS_PREFIX: only by those with the same one.`;
