// Opens the listener for the proof of concept's clients, if the configuration asks for it.

import { LogField } from '@mesh/host';
import { parseNodeId } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import { openLoopbackListener } from '../http/listeners/loopback-listener.ts';
import { createPocApp } from '../poc/poc-app.ts';
import { PocMesh } from '../poc/poc-mesh.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

/** @throws ControllerError `usage` for a database with enrolled nodes, `address` for a port that is taken */
export async function openPoc(
  { config, policy, clock, timers, randomBytes, logger, view }: Platform & Pick<Storage, 'view' | 'policy'>,
  opened: Opened,
): Promise<void> {
  if (!config.insecure_poc_compat) return;
  const [enrolled] = view.nodes();
  if (enrolled !== undefined) {
    throw new ControllerError(
      'usage',
      `the database in ${config.data_dir} has enrolled nodes (${enrolled.nodeId}), and --insecure-poc-compat serves unsigned ones: leave the flag out, or give it a data_dir of its own`,
    );
  }
  const { host, port, nodes } = config.poc;
  const mesh = new PocMesh({
    nodeIds: nodes.map(parseNodeId),
    policy,
    epochMs: config.epoch_seconds * 1000,
    randomBytes,
    nowMs: Math.floor(clock.nowMs()),
  });
  opened.push(() => mesh.close());
  const app = createPocApp({ mesh, clock, logger });
  const listener = await openLoopbackListener(app, { door: 'poc', host, port }, timers);
  opened.push(() => listener.close());
  logger.warn(
    { [LogField.address]: `http://${host}:${listener.port}` },
    'serving clients of the proof of concept: nothing that they send is authenticated',
  );
}
