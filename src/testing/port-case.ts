/** One thing every implementation of a port has to do. */
export interface PortCase {
  /** Stable, to name it in a skip. */
  readonly id: string;
  /** Begins with the id of a field lesson where there is one behind it: complaints about gateways that had it wrong. */
  readonly name: string;
  /** Why it need not be done here: what was said in `skip`, or what cannot be had. */
  readonly skipped: string | undefined;
  /** Rejects with an `Error` that says what was expected and what came. */
  readonly run: () => Promise<void>;
}

/** What a suite of cases is told about what it tests. */
export interface PortCaseOptions {
  /** Cases that need not pass: the reason by the case's id. */
  readonly skip?: Readonly<Record<string, string>> | undefined;
}

/**
 * The cases of a suite, each run by `run`.
 * @param suite the function that was called, for messages.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function casesOf<Check extends { readonly name: string }>(
  suite: string,
  checks: Readonly<Record<string, Check>>,
  { skip = {} }: PortCaseOptions,
  run: (check: Check) => Promise<void>,
): PortCase[] {
  checkSkips(suite, checks, skip);
  return Object.entries(checks).map(([id, check]) => ({
    id,
    name: check.name,
    skipped: skip[id],
    run: () => run(check),
  }));
}

/** @throws TypeError when a skip names no case or gives no reason. */
export function checkSkips(suite: string, checks: object, skip: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(skip)) {
    if (!Object.hasOwn(checks, id)) throw new TypeError(`${suite}: skip["${id}"] names no case.`);
    if (reason === '') throw new TypeError(`${suite}: skip["${id}"] needs a reason.`);
  }
}
