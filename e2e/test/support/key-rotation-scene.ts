// Two nodes whose tunnel carries packets while one of them replaces its own keys.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import {
  countLoss,
  createLab,
  type Lab,
  type Mesh,
  SPARSE_RATE,
  startMesh,
  startMeters,
  until,
} from '../../lab/index.ts';
import { untilMs } from './trial.ts';

export const NODES = ['a', 'b'] as const;
type Name = (typeof NODES)[number];

/** Strict rotation leaves a slot free for a part of an epoch only, which has to be long enough. */
const EPOCH_SECONDS = { in_place: 8, strict: 20 };

export interface KeyRotationScene extends AsyncDisposable {
  readonly lab: Lab<Name | 'controller'>;
  readonly mesh: Mesh<Name>;
  /** Resolves when packets pass both ways. */
  packetsPass(): Promise<unknown>;
  /** Asks the running agent of node a, as `mesh-agent rotate-keys` does. */
  rotateKeys(): Promise<{ status: number; body: { replaced?: string[]; message?: string } }>;
  /** The public keys that the controller has for node a. */
  keysOfA(): Promise<{ identity: string; a: string; b?: string | undefined }>;
  /**
   * Waits until both slots have carried packets since, and counts what was sent and lost from `fromMs` on.
   */
  lossSince(fromMs: number): Promise<{ sent: number; lost: number }>;
}

export async function keyRotationScene(
  prefix: string,
  subnet: string,
  rotation: keyof typeof EPOCH_SECONDS,
): Promise<KeyRotationScene> {
  await using opened = new AsyncDisposableStack();
  const workDir = mkdtempSync(join(tmpdir(), `${prefix}-`));
  opened.defer(() => rmSync(workDir, { recursive: true, force: true }));
  const lab = await createLab({ prefix, nodes: ['controller', ...NODES], subnet });
  opened.defer(() => lab.destroy());
  const mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b') },
    workDir,
    epochSeconds: EPOCH_SECONDS[rotation],
    benchmarkSeconds: 20,
    services: [],
    tunnel: 'userspace',
    controllerSettings: { rotation },
  });
  opened.defer(() => mesh.stop());
  const addresses = { a: mesh.node('a').address, b: mesh.node('b').address };
  const meters = await startMeters(lab as unknown as Lab<Name>, { addresses, rate: SPARSE_RATE });
  opened.defer(() => meters.stop());
  const packetsPass = () =>
    until('packets both ways', 60_000, () =>
      meters.all.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > Date.now() - 200) ? true : undefined,
    );
  await packetsPass();
  const kept = opened.move();

  return {
    lab,
    mesh,
    packetsPass,
    rotateKeys: async () => {
      const fetch = createSocketFetch(join(mesh.node('a').stateDir, 'control.sock'));
      try {
        const answer = await fetch('http://agent/v1/rotate-keys', {
          method: 'POST',
          body: JSON.stringify({ identity: true, wireguard: true, encapsulation: false, interrupt: false }),
        });
        return {
          status: answer.status,
          body: (await answer.json()) as { replaced?: string[]; message?: string },
        };
      } finally {
        fetch.close();
      }
    },
    keysOfA: async () => {
      const { identity_key, wg_public_keys } = await mesh.admin.node(mesh.node('a').id);
      return { identity: identity_key, ...wg_public_keys };
    },
    lossSince: async (fromMs) => {
      const toMs = Date.now() + 2.5 * EPOCH_SECONDS[rotation] * 1_000;
      await untilMs('two boundaries', toMs);
      return countLoss(meters.all, fromMs, toMs - 2_500);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
