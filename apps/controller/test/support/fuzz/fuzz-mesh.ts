// The mesh that is attacked: a controller whose clock stands still, so that only requests can change its
// state, two nodes that are in, an officer, and one connection for each caller.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FakeClock } from '@mesh/host/test-kit';
import { encodeBase64 } from '@mesh/primitives';
import type { Sign } from '@mesh/protocol';
import {
  enrolTestNode,
  keysFrom,
  openNextEpoch,
  startTestController,
  type TestController,
  type TestNode,
} from '../index.ts';
import { RawConnection } from './raw-connection.ts';

export type CallerName = 'node-a' | 'node-b' | 'stranger' | 'operator';

export interface FuzzMesh extends AsyncDisposable {
  readonly controller: TestController;
  readonly nodes: Readonly<Record<'node-a' | 'node-b', TestNode>>;
  readonly connections: Readonly<Record<CallerName, RawConnection>>;
  readonly signers: Readonly<Record<SignerName, Sign>>;
  /** Stops the controller and starts it again on its files. */
  restart(): Promise<void>;
}

/** Who can sign: `usurper` and `nobody` have keys that are enrolled nowhere. */
export type SignerName = 'node-a' | 'node-b' | 'officer' | 'usurper' | 'nobody';

/** @param meshId a mesh of another name has the same officer, and nodes with the same names and keys */
export async function startFuzzMesh(meshId = 'testmesh'): Promise<FuzzMesh> {
  const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
  const officer = keysFrom('officer');
  const controller = await startTestController({
    clock,
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
      restart: async () => {
        hangUp();
        await controller.restart();
        connections = connectionsOf(controller, nodes);
      },
      [Symbol.asyncDispose]: async () => {
        hangUp();
        await controller.close();
      },
    };
  } catch (error) {
    await controller.close();
    throw error;
  }
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
