// Before the first test of a run: bundles the programs that tests start, and says where they are.
import { bundlePrograms } from './bundle-programs.mjs';

/** @param {import('vitest/node').TestProject} project */
export default function setup(project) {
  // In watch mode the sources change while it runs.
  if (!project.vitest.config.watch) process.env.TEST_PROGRAMS = bundlePrograms();
}
