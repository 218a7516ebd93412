import { z } from 'zod';
import { LONGEST_TIMER_MS, systemClock } from '../defaults/clock.ts';
import { silentLogger } from '../defaults/logger.ts';
import { unfailingLogger } from '../defaults/unfailing-logger.ts';
import type { Gateway } from '../gateway.ts';
import type { Clock, Logger } from '../ports/index.ts';
import { portSchema } from '../port-schema.ts';

/** Options of the HTTP side of a hub. */
export interface HttpOptions {
  /** Path it is mounted under, for servers that do not take it off themselves: `/ai`. @default none */
  readonly prefix?: string | undefined;
  /** Largest request body in bytes, also after it was unpacked. @default 33554432 (32 MiB) */
  readonly bodyLimitBytes?: number | undefined;
  /**
   * Silence of a stream, in milliseconds, after which a comment is sent that keeps proxies from closing it. Only after
   * the first content: until then an answer can still become an error with a status of its own. @default 15000
   */
  readonly keepAliveMs?: number | false | undefined;
  /**
   * How long a client may leave an answer untaken, streamed or whole, before its connection is dropped. What it takes is
   * seen when the kernel wants more, which is after some megabytes: at 5 minutes, a client has to take 10 KB a second of
   * an answer that is larger than that. @default 300000
   */
  readonly stalledMs?: number | undefined;
  /** Origins whose pages may call from a browser: a list, or `*` for all. @default none */
  readonly cors?: '*' | readonly string[] | undefined;
  /**
   * Host names this hub answers to, without port; `loopback` for the names of the machine itself. Others get 403: a
   * page that has its own name point here (DNS rebinding) counts as this server's own to a browser. Needed where no key
   * is asked for; a form of `fetch` without a socket goes by its URL. @default any
   */
  readonly hosts?: 'loopback' | readonly string[] | undefined;
  /** Whether `/healthz` and `/readyz` are answered. @default true */
  readonly health?: boolean | undefined;
  /** Whether paths without `/v1` are answered, too, for clients that leave it out. @default true */
  readonly unversioned?: boolean | undefined;
  /**
   * Whether the paths for those who run the hub (`/circuits`, `/stats`, `/conversations`, ...) are answered. They ask for
   * a key whose role permits them: docs/roles.md. @default true
   */
  readonly admin?: boolean | undefined;
  /**
   * How many proxies of yours stand before the hub. Each of them puts who asked it into `x-forwarded-for`; with none of
   * them nothing of that is believed. Where it is wrong, addresses of keys and limits of wrong keys are, too. @default 0
   */
  readonly trustProxy?: number | undefined;
  /** Told of errors that have no other place to go. @default the hub's */
  readonly logger?: Logger | undefined;
  /** @default the hub's */
  readonly clock?: Clock | undefined;
}

const milliseconds = z.number().min(1).max(LONGEST_TIMER_MS);

const schema = z.strictObject({
  prefix: z
    .string()
    .regex(/^(\/[^/?#]+)*\/?$/, 'expected a path such as "/ai"')
    .transform((prefix) => prefix.replace(/\/$/, ''))
    .default(''),
  bodyLimitBytes: z
    .number()
    .int()
    .min(1)
    .default(32 * 1024 * 1024),
  keepAliveMs: z.union([z.literal(false), milliseconds]).default(15_000),
  stalledMs: milliseconds.default(300_000),
  cors: z
    .union([
      z.literal('*'),
      z.array(
        z.string().regex(/^[a-z][a-z\d+.-]*:\/\/[^/\s]+$/i, 'expected an origin such as "https://app.example.com"'),
      ),
    ])
    .optional(),
  hosts: z
    .union([
      z.literal('loopback'),
      z.array(z.string().regex(/^(\[[\da-f:.]+\]|[\w.-]+)$/i, 'expected a name without port')),
    ])
    .optional(),
  health: z.boolean().default(true),
  unversioned: z.boolean().default(true),
  admin: z.boolean().default(true),
  trustProxy: z.number().int('expected a whole number').min(0).max(20).default(0),
  logger: portSchema<Logger>('debug', 'info', 'warn', 'error').default(silentLogger).transform(unfailingLogger),
  clock: z.custom<Clock>((value) => typeof value === 'object' && value !== null).default(systemClock),
});

/** Checked options with every default filled in. */
export type HttpSettings = Readonly<z.output<typeof schema>>;

/**
 * Checks the options; clock and logger are the hub's unless they are given.
 * @throws TypeError naming the option and the rule.
 */
export function httpSettingsOf(options: HttpOptions, gateway?: Pick<Gateway, 'clock' | 'logger'>): HttpSettings {
  const { logger = gateway?.logger, clock = gateway?.clock } = options;
  const parsed = schema.safeParse({ ...options, logger, clock });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(
    `HTTP options: ${issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'invalid'}`,
  );
}
