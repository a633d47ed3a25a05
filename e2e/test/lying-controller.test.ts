// A controller whose database was changed behind its back signs, with its real keys, a log that contradicts
// what it has shown. A node and a witness notice that, each without the other. Without what they remember,
// both would take the lie.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogProofs } from '../../apps/controller/src/publish/log-proofs.ts';
import { newDirectory, removeDirectory } from '../../apps/controller/test/support/journal.ts';
import {
  ORIGIN,
  openPublication,
  type Publication,
} from '../../apps/controller/test/support/log-publication.ts';
import { knowingLog } from '../../apps/node-agent/test/support/watched-log.ts';
import type { Heads } from '../../apps/witness/src/store/heads.ts';
import { TestWitness } from '../../apps/witness/test/support/witness.ts';
import { addCheckpointOf, LIES, type Lie, tell } from './support/lies.ts';

const HOUR_MS = 3_600_000;
let directory: string;
let controller: Publication;
let proofs: LogProofs;

beforeEach(async () => {
  directory = newDirectory();
  await open();
  for (const name of ['node-a', 'node-b', 'node-c']) await controller.enrol(name);
  await publish();
});
afterEach(async () => {
  await controller.kill();
  removeDirectory(directory);
});

async function open(): Promise<void> {
  controller = await openPublication(directory);
  proofs = new LogProofs({ published: controller.published, origin: ORIGIN });
}
async function publish(): Promise<void> {
  await controller.openEpoch();
  await controller.clock.advance(1_000);
}
/** Lies about what was published, and goes on as if nothing had happened. */
async function lie(lied: Lie): Promise<void> {
  tell(controller.db, lied);
  await controller.kill();
  await open();
  if (lied === 'back-dates its heads') controller.clock.jumpWall(-HOUR_MS);
  await controller.grow('node-a', 1);
  await publish();
}
const identity = () => ({ origin: ORIGIN, verifier_keys: [...controller.keys.verifierKeys] });

/** Shows the published head to a node, as a config does. */
async function show({ log }: ReturnType<typeof knowingLog>): Promise<string> {
  const { size, rootHash } = controller.published.head();
  const log_proof = proofs.from(log.held?.size ?? 0);
  const body = { node_id: 'self', log_head: { size, root_hash: rootHash }, ...(log_proof && { log_proof }) };
  const verdict = log.judge(body as never);
  if (verdict.kind === 'newer') await log.accept(verdict.head);
  return verdict.kind === 'refused' ? verdict.refusal.code : verdict.kind;
}

describe.each(LIES)('a controller that %s', (lied) => {
  it('is caught by a node, and not by one that remembers nothing', async () => {
    const node = knowingLog({ identity: identity() });
    expect(await show(node)).toBe('newer');
    await lie(lied);
    expect(await show(node)).toBe(lied === 'back-dates its heads' ? 'back_dated' : 'inconsistent');
    expect(await show(knowingLog({ identity: identity() }))).toBe('newer');
  });
});

describe('a witness', () => {
  let witness: TestWitness;
  let remembers: boolean;
  /** A store that can be made to forget. */
  const forgetful = (stored: Heads): Heads => {
    const written = new Map<string, Parameters<Heads['replace']>[1]>();
    return {
      alone: (work) => stored.alone(work),
      latest: (origin) => (remembers ? written.get(origin) : undefined),
      replace: (origin, head) => void written.set(origin, head),
    };
  };
  afterEach(() => witness.end());
  const ask = async (from: number) => {
    const answer = await witness.add(addCheckpointOf(controller, proofs, from));
    return [answer.status, await answer.text()] as const;
  };

  it.each(LIES)('catches a controller that %s, and not if it has forgotten', async (lied) => {
    remembers = true;
    witness = await new TestWitness().start(
      { logs: [{ origin: ORIGIN, keys: identity().verifier_keys }] },
      forgetful,
    );
    expect((await ask(0))[0]).toBe(200);
    const { size } = controller.published.head();
    await lie(lied);
    expect(await ask(size)).toEqual([
      422,
      lied === 'back-dates its heads'
        ? 'the log says that it has signed this checkpoint before the cosigned one\n'
        : 'the proof does not lead from the cosigned checkpoint to this one\n',
    ]);
    remembers = false;
    expect((await ask(0))[0]).toBe(200);
  });
});
