// kill -9 of a controller at random moments: while it starts, and under the load of nodes, an operator and a
// reader of its log. After each kill its files are looked at, and it is started again on them.

import { seededRandom } from '../crash/seeded-random.ts';
import { LoadedMesh } from './loaded-mesh.ts';
import { lookAtCopy } from './look-at-copy.ts';

export interface KillRounds {
  readonly kills: number;
  readonly seed: number;
  /** What runs the controller; by default nothing. */
  readonly under?: readonly string[];
  readonly onKill?: (kills: number) => void;
}

export interface KillReport {
  readonly kills: number;
  /** How many of them came before the controller was up. */
  readonly duringStart: number;
  /** How many answers clients had got. */
  readonly answers: number;
  /** Entries of all logs. */
  readonly entries: number;
  readonly faults: readonly string[];
}

/** After so many kills the mesh is a new one, so that a look at its files takes no longer and longer. */
const KILLS_PER_MESH = 40;
/** One in so many kills comes while the controller starts. */
const ONE_IN = 4;
const LONGEST_START_MS = 900;
const MOST_ANSWERS = 80;
const MOST_FAULTS = 20;

export async function killRounds(options: KillRounds): Promise<KillReport> {
  const { kills, seed, under = [], onKill } = options;
  const random = seededRandom(seed);
  const faults: string[] = [];
  let [done, duringStart, answers, entries] = [0, 0, 0, 0];
  while (done < kills && faults.length < MOST_FAULTS) {
    const mesh = new LoadedMesh(under);
    try {
      await mesh.enrol();
      let size = 0;
      for (let round = 0; round < KILLS_PER_MESH && done < kills; round++) {
        if (random() * ONE_IN < 1) {
          duringStart += 1;
          await mesh.killWithin(random() * LONGEST_START_MS);
        } else await mesh.killUnderLoad(1 + Math.floor(random() * MOST_ANSWERS), round >= KILLS_PER_MESH / 2);
        done += 1;
        const where = `seed ${seed}, kill ${done}`;
        const found = await lookAtCopy(mesh.directory, mesh.told);
        for (const fault of [...found.faults, ...mesh.takeFaults()]) faults.push(`${where}: ${fault}`);
        if (found.size < size) faults.push(`${where}: the log had ${size} entries, and has ${found.size}`);
        size = found.size;
        onKill?.(done);
      }
      answers += mesh.told.length;
      entries += size;
    } finally {
      await mesh.close();
    }
  }
  return { kills: done, duringStart, answers, entries, faults: faults.slice(0, MOST_FAULTS) };
}
