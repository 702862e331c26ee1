import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whether a file is one of the suites that take minutes: of any size, since the cases are in a package of their own. */
const isLong = (path: string): boolean => /^(conformance.*|mutants|sqlite-room)\.test\.ts$/.test(basename(path));

/**
 * Starts the long files first, so that none is left to end alone while the other cores idle; all else in vitest's order,
 * which knows durations only from runs before, and on a clean checkout goes by project and size.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = sorted.filter(({ moduleId }) => isLong(moduleId));
    return [...long, ...sorted.filter(({ moduleId }) => !isLong(moduleId))];
  }
}
