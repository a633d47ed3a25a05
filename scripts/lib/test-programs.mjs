// Before the first test of a run: bundles the programs that tests start, and says where they are.
import { bundlePrograms } from './bundle-programs.mjs';

/** @param {import('vitest/node').TestProject} project */
export default function setup(project) {
  // In watch mode the sources change while it runs.
  if (project.vitest.config.watch) return;
  try {
    process.env.TEST_PROGRAMS = bundlePrograms();
  } catch (error) {
    // A program that cannot be built is no reason not to test the packages that it has nothing to do with.
    project.vitest.logger.error(error);
    project.vitest.logger.error('Tests start the programs from source in this run.');
  }
}
