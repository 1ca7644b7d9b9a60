/**
 * A vitest reporter that leaves nothing unsaid: it prints each test that did not run with its reason, and writes the
 * counts of the run, as JSON, to the file that DMS_DOCTOR_COUNTS names. With CI=true a skip makes the run fail.
 */
import { writeFileSync } from 'node:fs';

/** @implements {import('vitest/reporters').Reporter} */
export default class SkipReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly import('vitest').SerializedError[]} errors what was thrown outside of any test
   */
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const broken = brokenParts(module);
      counts.failed += broken.length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else {
          counts.skipped += 1;
          const reason =
            note ?? (broken.length > 0 && test.options.mode === 'run' ? 'its set-up failed' : 'no reason given');
          console.log(`skipped: ${module.project.name} ${module.relativeModuleId} > ${test.fullName}: ${reason}`);
        }
      }
    }
    if (process.env.CI === 'true' && counts.skipped > 0) {
      console.log(`${counts.skipped} skipped, and CI=true: that is a failure`);
      process.exitCode = 1;
    }
    if (process.env.DMS_DOCTOR_COUNTS) writeFileSync(process.env.DMS_DOCTOR_COUNTS, JSON.stringify(counts));
  }
}

/** The file and the suites whose own set-up or import failed, so that their tests never ran. */
function brokenParts(module) {
  return [module, ...module.children.allSuites()].filter((part) => part.errors().length > 0);
}
