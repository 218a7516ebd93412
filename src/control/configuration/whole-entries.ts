import { isMembers, type Keyed } from '../document/keyed.ts';

/** What the file changes of an entry that is there no more is all that it says of it: it is to be there again. */
export function wholeEntries(change: Keyed, current: Keyed, file: Keyed): Keyed {
  const whole = Object.entries(change).map(([section, entries]) => {
    const [there, said] = [current[section], file[section]];
    if (!isMembers(entries) || !isMembers(there) || !isMembers(said)) return [section, entries] as const;
    const own = Object.entries(entries).map(([name, entry]) => {
      const isGone = entry !== null && !Object.hasOwn(there, name) && Object.hasOwn(said, name);
      return [name, isGone ? (said[name] ?? entry) : entry] as const;
    });
    return [section, Object.fromEntries(own)] as const;
  });
  return Object.fromEntries(whole);
}
