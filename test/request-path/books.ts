import type { FlowControl, Lease, Limiter, RequestRecord, StatsSink, Ticket, Usage } from 'nexusai-hub/ports';
import type { CircuitBreaker } from 'nexusai-hub/ports';

/** Counts everything that is taken and given back, so that a test can ask whether the books balance. */
export interface Books {
  readonly limiter: Limiter;
  readonly flowControl: FlowControl;
  readonly circuitBreaker: CircuitBreaker;
  readonly sink: StatsSink;
  /** How often each lease was settled, in the order they were taken. */
  readonly leases: number[];
  readonly settledWith: (Usage | undefined)[];
  /** How often each slot was released. */
  readonly slots: number[];
  /** How each ticket was settled. */
  readonly tickets: string[][];
  readonly records: RequestRecord[];
}

/** Parts that let everything through and keep books. Targets in `open` have an open circuit. */
export function keepBooks(open: ReadonlySet<string> = new Set()): Books {
  const leases: number[] = [];
  const settledWith: (Usage | undefined)[] = [];
  const slots: number[] = [];
  const tickets: string[][] = [];
  const records: RequestRecord[] = [];
  return {
    leases,
    settledWith,
    slots,
    tickets,
    records,
    limiter: {
      acquire(): Lease {
        const place = leases.push(0) - 1;
        return {
          settle({ usage }) {
            leases[place] = (leases[place] ?? 0) + 1;
            settledWith.push(usage);
          },
        };
      },
    },
    flowControl: {
      enter() {
        const place = slots.push(0) - 1;
        return Promise.resolve({
          release() {
            slots[place] = (slots[place] ?? 0) + 1;
          },
        });
      },
    },
    circuitBreaker: {
      state: ({ id }) =>
        open.has(id) ? { kind: 'open', retryAtMs: 1_767_225_600_000 + 7_000, why: 'failures' } : { kind: 'closed' },
      enter(): Ticket {
        const settled: string[] = [];
        tickets.push(settled);
        return {
          succeed: () => void settled.push('succeed'),
          fail: ({ code }) => void settled.push(`fail ${code}`),
          abandon: () => void settled.push('abandon'),
        };
      },
    },
    sink: { record: (record) => void records.push(record) },
  };
}

/** Throws unless everything taken was given back exactly once, with `requests` records. */
export function checkBooks({ leases, slots, tickets, records }: Books, requests: number): void {
  const wrong: string[] = [];
  if (leases.some((settled) => settled !== 1)) wrong.push(`leases settled ${leases.join()} times`);
  if (slots.some((released) => released !== 1)) wrong.push(`slots released ${slots.join()} times`);
  if (tickets.some((settled) => settled.length !== 1)) wrong.push(`tickets settled ${JSON.stringify(tickets)}`);
  if (records.length !== requests) wrong.push(`${String(records.length)} records of ${String(requests)} requests`);
  if (wrong.length > 0) throw new Error(`The books do not balance: ${wrong.join('; ')}.`);
}

/** Throws unless the tokens of a request are those of its attempts, as far as it has any. */
export function checkSums({ requestId, usage, costNanoUsd, attempts }: RequestRecord): void {
  const sum = attempts.reduce((tokens, attempt) => tokens + (attempt.usage?.total_tokens ?? 0), 0);
  const cost = attempts.reduce((nanoUsd, attempt) => nanoUsd + (attempt.costNanoUsd ?? 0), 0);
  if (usage && usage.total_tokens !== sum) throw new Error(`${requestId}: ${usage.total_tokens} tokens, not ${sum}`);
  if (costNanoUsd !== null && costNanoUsd !== cost) throw new Error(`${requestId}: cost ${costNanoUsd}, not ${cost}`);
}
