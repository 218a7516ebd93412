// Prints `N passed, N failed, N skipped` summed over the vitest JSON reports in a folder, as the last line of a run.
// A step that failed counts as a failure of its own when no test says so. Exits with 1 when anything failed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedStep] = process.argv.slice(2);

const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);

const passed = sum((report) => report.numPassedTests);
const skipped = sum((report) => report.numPendingTests + report.numTodoTests);
// A file that fails before its first test (a broken import, a failed type check) has a failed suite and no failed test.
let failed = sum((report) => report.numFailedTests + filesThatFailedWithoutTest(report));

if (failedStep) {
  console.log(`\nfailed step: ${failedStep}`);
  failed = Math.max(failed, 1);
}
if (!failedStep && passed === 0) {
  console.log('\nno test ran');
  failed = Math.max(failed, 1);
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

function filesThatFailedWithoutTest(report) {
  return report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
}
