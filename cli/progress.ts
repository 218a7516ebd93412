/** Says how far something has got, at each tenth: on a screen and in a log alike. */
export function progress(what: string, tell: (line: string) => void): (share: number) => void {
  let told = -1;
  return (share) => {
    const tenth = Math.floor(share * 10);
    if (tenth <= told) return;
    told = tenth;
    tell(`${what} ${tenth * 10} %`);
  };
}
