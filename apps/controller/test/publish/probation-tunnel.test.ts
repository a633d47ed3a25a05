// A node that is examined and not admitted gets its examiners, kept to the service's port, and they get it;
// nobody else does, and it ends at once with the exam, the examiner's membership, or the node's right to be
// there.

import { parseNodeId } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXAMS, examine, poolText, untilClosed } from '../support/exams.ts';
import {
  type ConfigModel,
  freezeNextEpoch,
  modelAfterNotice,
  modelOf,
  openNextEpoch,
} from '../support/index.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const INSIDE = ['node-a', 'node-b', 'node-c'];
const QUERY = { takesExams: true, takesNotices: true };
const KEPT = { service_port: 8_000, limit: { bits_per_second: 1_000_000 } };

let mesh: RunningMesh;
beforeEach(async () => {
  mesh = await runningMesh([...INSIDE, 'node-x'], { policy: { exams: EXAMS, minResultGapMs: 1 } });
  await mesh.controller.admin.loadPool({ text: poolText(60), reason: 'tests' });
});
afterEach(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** Another epoch: node-x measures itself this well, the others well. */
async function epochWith(score: number): Promise<void> {
  await openNextEpoch(mesh.controller);
  for (const name of INSIDE) await mesh.node(name).submit(0.9);
  await mesh.node('node-x').submit(score);
  const { exams, publication } = mesh.controller.running.services;
  const { epochId } = publication.version();
  if (epochId !== 0) await exams.cameIntoForce(epochId);
}

const examOfX = () => mesh.controller.running.services.view.exams().ofNode(parseNodeId('node-x'));

async function untilExamined(score: number): Promise<void> {
  for (let epochs = 0; epochs < 6 && examOfX() === undefined; epochs++) await epochWith(score);
  expect(
    examOfX()
      ?.assignments.map(({ examiner }) => examiner)
      .sort(),
  ).toEqual(INSIDE);
}

async function ask(name: string, held?: ConfigModel, query: object = QUERY): Promise<ConfigModel> {
  const node = mesh.node(name);
  const version = held === undefined ? {} : { version: held.version };
  const answer = await node.configOrNotice({ ...query, ...version });
  if (answer === undefined) {
    if (held === undefined) throw new Error('a full config was to come');
    return held;
  }
  return answer.kind === 'notice' ? modelAfterNotice(answer.body, name, held) : modelOf(answer.body, held);
}

/** What a node holds after its news is what a full config would say. */
async function news(name: string, held: ConfigModel): Promise<ConfigModel> {
  const [folded, full] = [await ask(name, held), await ask(name)];
  expect([...folded.peers].sort()).toEqual([...full.peers].sort());
  const latest = Math.max(0, ...full.psks.keys());
  for (const epochId of [latest - 1, latest]) expect(keysOf(folded, epochId)).toEqual(keysOf(full, epochId));
  return folded;
}

const keysOf = ({ psks }: ConfigModel, epochId: number) => [...(psks.get(epochId)?.keys() ?? [])].sort();
const namesIn = ({ peers }: ConfigModel) => [...peers.keys()].sort();
const latestKey = ({ psks }: ConfigModel, name: string) => psks.get(Math.max(...psks.keys()))?.get(name);

describe('a node that is not admitted and is examined', () => {
  beforeEach(async () => untilExamined(0.1));

  it('gets its examiners alone, each kept to its own service, with the keys that they have', async () => {
    const x = await ask('node-x');
    expect(x.allowed).toBe(false);
    expect(namesIn(x)).toEqual(INSIDE);
    for (const peer of x.peers.values()) expect(peer).toMatchObject({ ...KEPT, service_of: 'self' });
    const a = await ask('node-a');
    expect(namesIn(a)).toEqual(['node-b', 'node-c', 'node-x']);
    expect(a.peers.get('node-x')).toMatchObject({ ...KEPT, service_of: 'peer' });
    expect(a.peers.get('node-b')?.service_port).toBeUndefined();
    expect(latestKey(x, 'node-a')).toBeDefined();
    expect(latestKey(x, 'node-a')).toBe(latestKey(a, 'node-x'));
  });

  it('is no peer of an agent that does not know exams, and has none itself', async () => {
    expect(namesIn(await ask('node-a', undefined, {}))).toEqual(['node-b', 'node-c']);
    expect(namesIn(await ask('node-x', undefined, {}))).toEqual([]);
  });

  it('loses each examiner that has answered, which loses it, and is alone when all have', async () => {
    const [a, b] = [await ask('node-a'), await ask('node-b')];
    await examine(mesh.node('node-a'), 'node-x', 0.9);
    expect(namesIn(await news('node-a', a))).toEqual(['node-b', 'node-c']);
    expect(namesIn(await news('node-b', b))).toEqual(['node-a', 'node-c', 'node-x']);
    const x = await ask('node-x');
    expect(namesIn(x)).toEqual(['node-b', 'node-c']);
    for (const name of ['node-b', 'node-c']) await examine(mesh.node(name), 'node-x', 0.9);
    expect(namesIn(await ask('node-x', x))).toEqual([]);
  });

  it('loses its tunnels when the time of the exam is over, even if nobody has answered', async () => {
    const [a, x] = [await ask('node-a'), await ask('node-x')];
    // No further exam comes after this one.
    await mesh.controller.admin.withdrawPool('chat', 'tests');
    await mesh.clock.advance(EXAMS.answerWithinMs);
    await untilClosed(mesh, 'node-x');
    expect(namesIn(await ask('node-a', a))).not.toContain('node-x');
    expect(namesIn(await ask('node-x', x))).toEqual([]);
  });

  it('loses them at once when it is quarantined', async () => {
    const [a, x] = [await ask('node-a'), await ask('node-x')];
    await mesh.controller.admin.quarantine('node-x', 'tests');
    expect(namesIn(await news('node-a', a))).toEqual(['node-b', 'node-c']);
    expect(namesIn(await ask('node-x', x))).toEqual([]);
  });

  it('loses an examiner that is out', async () => {
    const [a, x] = [await ask('node-a'), await ask('node-x')];
    await mesh.controller.admin.quarantine('node-b', 'tests');
    expect(namesIn(await news('node-a', a))).toEqual(['node-c', 'node-x']);
    expect(namesIn(await ask('node-x', x))).toEqual(['node-a', 'node-c']);
    expect(namesIn(await ask('node-b'))).toEqual([]);
  });

  it('becomes an ordinary peer with the keys of the epoch that it is admitted to, and of none before', async () => {
    const a = await ask('node-a');
    await mesh.clock.advance(1_000);
    await mesh.node('node-x').submit(0.95);
    await freezeNextEpoch(mesh.controller);
    const after = await news('node-a', a);
    expect(after.peers.get('node-x')?.service_port).toBeUndefined();
    const [before = 0, latest = 0] = [...after.psks.keys()].sort();
    expect(keysOf(after, before)).toEqual(['node-b', 'node-c']);
    expect(keysOf(after, latest)).toEqual(['node-b', 'node-c', 'node-x']);
  });
});

describe('a node that is examined as a member', () => {
  beforeEach(async () => untilExamined(0.9));

  it('is examined through its ordinary tunnels, and by probation tunnels once it is denied', async () => {
    const a = await ask('node-a');
    expect(a.peers.get('node-x')?.service_port).toBeUndefined();
    await mesh.clock.advance(10);
    await mesh.node('node-x').submit(0.1);
    const after = await news('node-a', a);
    expect(after.peers.get('node-x')).toMatchObject({ ...KEPT, service_of: 'peer' });
    expect(namesIn(await ask('node-x'))).toEqual(INSIDE);
  });
});
