// Makes a mesh in which every kind of config answer can be requested again and again. An epoch was opened,
// then a peer moved, then another peer was quarantined. The version before each of these is known.

import { createPrivateKey, sign } from 'node:crypto';
import { setTimeout as elapsed } from 'node:timers/promises';
import { defined, formatRfc3339, parseRfc3339 } from '@mesh/primitives';
import { signMessage } from '@mesh/protocol';
import { adminOf, nodeClientOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type NodeIdentity, type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { nodeIdOf } from '../controller/seeded-nodes.ts';

/** Nodes that ask concurrently, each over a kept connection. */
export const ASKING = 8;

export interface ConfigScene extends AsyncDisposable {
  readonly mesh: SeededMesh;
  readonly controller: ControllerProcess;
  readonly versions: {
    readonly beforeEpoch: string;
    readonly beforeMove: string;
    readonly beforeQuarantine: string;
  };
}

/**
 * @param peers how many peers each asking node has in the end
 * @param kemPublicKey the key that every node's keys are sealed to; absent: they are sent in the clear
 */
export async function setConfigScene(
  peers: number,
  profileDir: string | undefined,
  kemPublicKey?: string,
): Promise<ConfigScene> {
  // The node itself, and the one in quarantine.
  const mesh = await seedMesh({
    nodes: peers + 2,
    identities: ASKING + 1,
    // The longest possible epoch, so that no boundary comes in between.
    settings: { epoch_seconds: 86_400 },
    ...defined({ kemPublicKey }),
  });
  const controller = await startControllerProcess(mesh, profileDir);
  const admin = adminOf(controller);
  const asking = nodeClientOf(controller, mesh, mesh.identities[0] as NodeIdentity);
  const mover = mesh.identities[ASKING] as NodeIdentity;
  const moving = nodeClientOf(controller, mesh, mover);
  try {
    const versionNow = async (): Promise<string> => {
      const answer = await asking.client.config({});
      if (answer === undefined) throw new Error('the controller gave no config');
      return answer.body.version;
    };
    /** If an epoch is pending, the answer to a rotation names that epoch. */
    const rotate = async () => {
      const { activate_at } = await admin.client.rotate();
      await elapsed(Math.max(0, parseRfc3339(activate_at) - Date.now()) + 50);
    };
    await rotate();
    const beforeEpoch = await versionNow();
    await rotate();
    const beforeMove = await versionNow();
    await moving.client.reportEndpoint(signedMove(mesh.meshId, mover));
    const beforeQuarantine = await versionNow();
    await admin.client.quarantine(nodeIdOf(ASKING + 1), 'benchmark');
    return {
      mesh,
      controller,
      versions: { beforeEpoch, beforeMove, beforeQuarantine },
      [Symbol.asyncDispose]: async () => {
        await controller.stop();
        await mesh.remove();
      },
    };
  } finally {
    for (const { close } of [admin, asking, moving]) close();
  }
}

function signedMove(meshId: string, { nodeId, privateKeyPem }: NodeIdentity) {
  const key = createPrivateKey(privateKeyPem);
  const message = {
    mesh_id: meshId,
    node_id: nodeId,
    sequence: Date.now(),
    sent_at: formatRfc3339(Date.now()),
    listen_ports: { a: 51_821 },
    advertise: ['192.0.2.20'],
  };
  return signMessage('endpoint', message, (input) => sign(null, input, key)) as never;
}
