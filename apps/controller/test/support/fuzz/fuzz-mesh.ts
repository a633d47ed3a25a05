// The mesh that is attacked: a controller whose clock stands still, so that only requests can change its
// state, two nodes that are in, an officer, and one connection for each caller.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createTlsFetch } from '@mesh/host';
import { RawConnection } from '@mesh/host/fuzz-kit';
import { FakeClock } from '@mesh/host/test-kit';
import { done, type MeshEvent } from '@mesh/membership';
import { encodeBase64, parseEpochId, parseNodeId } from '@mesh/primitives';
import { networkAdminPath, routes, type Sign } from '@mesh/protocol';
import { makeSmallDashboard } from '../dashboard.ts';
import { digestOf, poolText } from '../exams.ts';
import {
  enrolTestNode,
  keysFrom,
  openNextEpoch,
  startTestController,
  type TestController,
  type TestNode,
} from '../index.ts';
import { EXAM_ID } from './targets.ts';

export type CallerName = 'node-a' | 'node-b' | 'stranger' | 'operator';

export interface FuzzMesh extends AsyncDisposable {
  readonly controller: TestController;
  readonly nodes: Readonly<Record<'node-a' | 'node-b', TestNode>>;
  readonly connections: Readonly<Record<CallerName, RawConnection>>;
  readonly signers: Readonly<Record<SignerName, Sign>>;
  /** API keys, or what looks like one. */
  readonly keys: Readonly<Record<KeyName, string>>;
  /** Stops the controller and starts it again on its files. */
  restart(): Promise<void>;
}

/** `operator` may do everything that a key may do. None of the others may change anything. */
export type KeyName = 'operator' | 'viewer' | 'expired' | 'altered' | 'nonsense';

/** Who can sign: `usurper` and `nobody` have keys that are enrolled nowhere. */
export type SignerName = 'node-a' | 'node-b' | 'officer' | 'usurper' | 'nobody';

/** @param meshId a mesh of another name has the same officer, and nodes with the same names and keys */
export async function startFuzzMesh(meshId = 'testmesh'): Promise<FuzzMesh> {
  const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
  const officer = keysFrom('officer');
  const dashboardFolder = makeSmallDashboard();
  const controller = await startTestController({
    clock,
    dashboardFolder,
    logLevel: 'warn',
    config: {
      mesh_id: meshId,
      officers: [{ name: 'officer', public_key: encodeBase64(officer.identityKey) }],
    },
  });
  try {
    const nodes = {
      'node-a': await enrolTestNode(controller, 'node-a'),
      'node-b': await enrolTestNode(controller, 'node-b'),
    };
    for (const node of Object.values(nodes)) await node.submit(0.9);
    await hadExam(controller);
    await openNextEpoch(controller);
    let connections = connectionsOf(controller, nodes);
    const hangUp = () => {
      for (const connection of Object.values(connections)) connection.close();
      for (const node of Object.values(nodes)) node.close();
    };
    return {
      controller,
      nodes,
      get connections() {
        return connections;
      },
      signers: signers(),
      keys: await keysOf(controller),
      restart: async () => {
        hangUp();
        await controller.restart();
        connections = connectionsOf(controller, nodes);
      },
      [Symbol.asyncDispose]: async () => {
        hangUp();
        await controller.close();
        rmSync(dashboardFolder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await controller.close();
    throw error;
  }
}

/** An exam that is closed, of a pool that is called `node-a`. */
async function hadExam(controller: TestController): Promise<void> {
  const { root } = await controller.admin.loadPool({
    text: poolText(2, { pool: 'node-a' }),
    reason: 'to read',
  });
  const nodeId = parseNodeId('node-b');
  const [first, next] = [challengeOf('first'), challengeOf('next')];
  const epochId = parseEpochId(1);
  const nowMs = Math.floor(controller.nowMs());
  const eligible = { ids: [nodeId], sha256: digestOf('["node-b"]') };
  const exam = {
    ...{
      examId: EXAM_ID,
      nodeId,
      epochId,
      pool: 'node-a',
      root,
      challenge: first,
      eligibleSha256: eligible.sha256,
    },
    ...{
      head: { size: 1, rootHash: root },
      liveSha256: digestOf('[0,1]'),
      asked: { examiners: 1, items: 1 },
    },
    ...{
      service: { port: 1, path: '/', api: 'openai' } as const,
      startsAtMs: nowMs,
      endsAtMs: nowMs + 1,
      assignments: [],
    },
  };
  const counts = { examiners: 0, outvoted: 0, disagree: false, grades: [], pairs: [] };
  const result = { examId: EXAM_ID, closedAtMs: nowMs, ...counts };
  const closed = { nodeId, epochId, examId: EXAM_ID, challenge: first.challenge, assignments: [], result };
  const events: MeshEvent[] = [
    { type: 'exam_promised', nodeId, epochId, next: first },
    { type: 'exam_drawn', epochId, exam, eligible, next },
    { type: 'exam_closed', ...closed, outvoted: [], evidence: undefined },
  ];
  await controller.running.services.judge.run(() => done(events));
}

const challengeOf = (name: string) => ({ challenge: digestOf(name), sha256: digestOf(`of ${name}`) });

async function keysOf({ admin, publicUrl, caPem }: TestController): Promise<FuzzMesh['keys']> {
  const { key: operator } = await admin.createKey({ name: 'operator', role: 'operator' });
  const { key: viewer } = await admin.createKey({ name: 'viewer', role: 'viewer' });
  const { key: expired, key_id: ended } = await admin.createKey({ name: 'expired', role: 'operator' });
  await admin.expireKey(ended);
  // The first use of a key on a day is noted.
  const fetch = createTlsFetch({ ca: caPem });
  for (const key of [operator, viewer]) {
    const headers = { authorization: `Bearer ${key}` };
    await fetch(`${publicUrl}${networkAdminPath(routes.health)}`, { headers });
  }
  fetch.close();
  const last = operator.at(-2) === 'A' ? 'B' : 'A';
  const altered = `${operator.slice(0, -2)}${last}${operator.slice(-1)}`;
  return { operator, viewer, expired, altered, nonsense: 'Zm9v' };
}

function connectionsOf(
  controller: TestController,
  nodes: FuzzMesh['nodes'],
): Record<CallerName, RawConnection> {
  const { nodesPort, publicPort, socketPath } = controller.running;
  const ca = controller.caPem;
  const member = (node: TestNode) =>
    new RawConnection(() =>
      connectTls({
        host: '127.0.0.1',
        port: nodesPort,
        ca,
        cert: node.certificatePem,
        key: node.keys.keyPem,
      }),
    );
  return {
    'node-a': member(nodes['node-a']),
    'node-b': member(nodes['node-b']),
    stranger: new RawConnection(() => connectTls({ host: '127.0.0.1', port: publicPort, ca })),
    operator: new RawConnection(() => connectTcp(socketPath)),
  };
}

/** The platform signs ten times faster than portable code, and a long run signs a million times. */
function signers(): Record<SignerName, Sign> {
  const signerOf = (name: string): Sign => {
    const key: KeyObject = createPrivateKey(keysFrom(name).keyPem);
    return (message) => new Uint8Array(sign(null, message, key));
  };
  return {
    'node-a': signerOf('node-a'),
    'node-b': signerOf('node-b'),
    officer: signerOf('officer'),
    usurper: signerOf('usurper'),
    nobody: signerOf('nobody'),
  };
}
