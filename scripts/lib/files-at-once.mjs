// How many test files run at once. Many start meshes, whose work comes by the clock: packets, epochs,
// benchmarks. Where two meshes need more than the machine has, both take longer, which makes both cost more.

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Handed on to processes that read the configuration again. */
const PACE = 'TEST_RUN_PACE_MS';
const STARTS = 5;
/** What a start takes on a machine of today that does nothing else. */
const USUAL_MS = 40;

/** How long a start of Node takes now, in milliseconds: the shortest of a few. */
function startMs() {
  const starts = Array.from({ length: STARTS }, () => {
    const from = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - from;
  });
  return Math.min(...starts);
}

/**
 * @param {number} wanted on two usual cores
 * @returns {number} fewer on slower machines, at least one; as many on faster ones, which end sooner
 */
export function filesAtOnce(wanted) {
  process.env[PACE] ??= String(startMs());
  return scaled(wanted, Number(process.env[PACE]), availableParallelism());
}

/**
 * @param {number} wanted on two usual cores
 * @param {number} paceMs how long a start of Node takes
 * @param {number} cores
 */
export function scaled(wanted, paceMs, cores) {
  const speed = Math.min(1, USUAL_MS / paceMs) * Math.min(1, cores / 2);
  return Math.max(1, Math.round(wanted * speed));
}
