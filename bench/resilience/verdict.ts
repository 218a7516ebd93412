import { countOf, type Measured } from './measured.ts';
import type { Scenario } from './scenarios.ts';

/** Everything that does not hold; empty when the scenario held. */
export function faultsOf(scenario: Scenario, measured: Measured): readonly string[] {
  const { mayBreak = false, isOutage = false, rules = [], threshold } = scenario;
  const { seen, watch, gaveBack, probesDue } = measured;
  const faults: string[] = [];
  const mustHold = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const refused = countOf(measured, 'refused');
  const broken = countOf(measured, 'broken');
  const wrong = countOf(measured, 'wrong');
  mustHold(seen.length > 0, 'there was no request');
  mustHold(wrong === 0, `${wrong} answers were wrong, or ended as if they were whole`);
  if (isOutage) mustHold(refused === seen.length, `${seen.length - refused} were answered while nobody could`);
  else mustHold(refused === 0, `${refused} errors before the first content`);
  mustHold(mayBreak || broken === 0, `${broken} answers broke off`);
  if (threshold !== undefined)
    mustHold(
      watch.inVainAfter <= probesDue,
      `${watch.inVainAfter} attempts in vain where ${probesDue} probes were due`,
    );
  mustHold(gaveBack, 'not all that was taken was given back');
  for (const { fault } of rules) {
    const found = fault(measured);
    if (found !== undefined) faults.push(found);
  }
  return faults;
}
