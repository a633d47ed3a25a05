// Attacks every route of every door, and counts how far the attacks got.

import fc from 'fast-check';
import { type Attack, attack, type Doom } from './attacks.ts';
import { type Depth, depthOf, depths } from './depth.ts';
import type { FuzzMesh } from './fuzz-mesh.ts';
import { goodBodies } from './good-bodies.ts';
import { judge } from './judge-answer.ts';
import type { Form } from './message-forms.ts';
import { prime } from './prime.ts';
import { type Rendered, type RenderPorts, render } from './render-attack.ts';
import { StateWatch } from './state-watch.ts';
import { nameOf, type Target, targets } from './targets.ts';

export interface FuzzOptions {
  readonly requests: number;
  /** The same seed draws the same attacks. */
  readonly seed: number;
  readonly onProgress?: (sent: number) => void;
  /** Called when the mesh is ready to be attacked. */
  readonly onReady?: () => void;
  /**
   * Which routes need more attacks than chance has given them. They get more, until this says no or there
   * were many more.
   */
  readonly isScratched?: (target: Target, count: DepthCounts) => boolean;
}

export type DepthCounts = Readonly<Record<Depth, number>>;

export interface FuzzReport {
  readonly seed: number;
  readonly sent: number;
  /** By the name of the route. */
  readonly depths: Readonly<Record<string, DepthCounts>>;
  readonly dooms: Readonly<Partial<Record<Doom, number>>>;
  /** How many entries about refused messages the log has more. */
  readonly refusalEntries: number;
  /** The first fault, with the attack cut down to what is needed for it; undefined if there was none. */
  readonly fault: string | undefined;
}

const EVERY_TABLE_AFTER = 500;
const MORE_ROUNDS = 20;
const MORE_PER_ROUND = 200;

export async function fuzzDoors(
  mesh: FuzzMesh,
  forms: ReadonlyMap<Target, Form>,
  {
    requests,
    seed,
    onProgress = () => undefined,
    onReady = () => undefined,
    isScratched = () => false,
  }: FuzzOptions,
): Promise<FuzzReport> {
  const ports: RenderPorts = { mesh, forms, bodies: await goodBodies(mesh) };
  await prime(ports);
  onReady();
  const watch = new StateWatch(mesh);
  const taking = targets.filter((target) => forms.get(target) !== undefined);
  const counts = new Map(targets.map((target) => [target, zeroes()]));
  const dooms: Partial<Record<Doom, number>> = {};
  let sent = 0;

  const attackOnce = async (one: Attack): Promise<void> => {
    const pool = one.plan === 'message' ? taking : targets;
    await attackAt(pool[one.target % pool.length] as Target, one);
  };
  const attackAt = async (target: Target, one: Attack): Promise<void> => {
    const rendered = render(ports, target, one);
    const { doom } = rendered;
    if (doom !== undefined) dooms[doom] = (dooms[doom] ?? 0) + 1;
    const depth = await send(mesh, watch, target, rendered);
    const count = counts.get(target);
    if (count !== undefined) count[depth] += 1;
    sent += 1;
    if (sent % EVERY_TABLE_AFTER === 0) {
      onProgress(sent);
      refuseChange(target, watch.tablesChanged());
    }
  };

  let run = await fc.check(fc.asyncProperty(attack, attackOnce), { numRuns: requests, seed });
  for (let round = 1; round <= MORE_ROUNDS && !run.failed; round++) {
    const target = targets.find((each) => isScratched(each, counts.get(each) ?? zeroes()));
    if (target === undefined) break;
    const fitting = attack.filter(({ plan }) => plan !== 'message' || taking.includes(target));
    run = await fc.check(
      fc.asyncProperty(fitting, (one) => attackAt(target, one)),
      { numRuns: MORE_PER_ROUND, seed: seed + round },
    );
  }
  const fault = run.failed ? describeFault(run) : watch.tablesChanged();
  return {
    seed,
    sent,
    depths: Object.fromEntries([...counts].map(([target, count]) => [nameOf(target), count])),
    dooms,
    refusalEntries: watch.refusals,
    fault,
  };
}

function describeFault({ counterexample, counterexamplePath, seed, errorInstance }: Failure): string {
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `seed ${seed}, path ${counterexamplePath}: ${why}\n${fc.stringify(counterexample)}`;
}

type Failure = Pick<
  fc.RunDetails<[Attack]>,
  'counterexample' | 'counterexamplePath' | 'seed' | 'errorInstance'
>;

async function send(
  { connections }: FuzzMesh,
  watch: StateWatch,
  target: Target,
  rendered: Rendered,
): Promise<Depth> {
  const connection = connections[rendered.caller];
  const verdict = judge(rendered, await connection.ask(rendered.bytes, rendered.isHead));
  // What Node did not understand could end in the middle of what it takes for the next request.
  if (rendered.isRaw) connection.close();
  const change = watch.changed(target.door, rendered.caller);
  if (verdict.kind === 'fault') throw new Error(`${nameOf(target)}: ${verdict.why}\n${shown(rendered)}`);
  refuseChange(target, change, rendered);
  if (verdict.kind === 'no_request') return 'http';
  return depthOf(verdict.kind === 'refused' ? verdict.code : undefined, rendered.doom === 'nowhere');
}

function refuseChange(target: Target, change: string | undefined, rendered?: Rendered): void {
  if (change === undefined) return;
  throw new Error(`${nameOf(target)}: ${change}\n${rendered === undefined ? '' : shown(rendered)}`);
}

const shown = ({ bytes, doom }: Rendered): string =>
  `doomed as ${doom ?? 'a request'}: ${bytes.subarray(0, 2_000).toString('latin1')}`;

const zeroes = (): Record<Depth, number> =>
  Object.fromEntries(depths.map((depth) => [depth, 0])) as Record<Depth, number>;
