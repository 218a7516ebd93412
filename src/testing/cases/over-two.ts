interface Closable {
  close?(): void | Promise<void>;
}

/** Where what is checked keeps what it knows. */
interface Place<One extends Closable> extends Closable {
  open(): One | Promise<One>;
  wait?: (ms: number) => Promise<void>;
}

/** Runs a check over two of one place, as two processes would have them; both are closed then, and after them the place. */
export async function overTwo<One extends Closable>(
  place: Place<One> | Promise<Place<One>>,
  check: (one: One, other: One, wait: (ms: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const made = await place;
  const both = [await made.open(), await made.open()] as const;
  try {
    await check(both[0], both[1], made.wait ?? realTime);
  } finally {
    for (const one of new Set(both)) await one.close?.();
    await made.close?.();
  }
}

/** Lets real time pass. */
export function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
