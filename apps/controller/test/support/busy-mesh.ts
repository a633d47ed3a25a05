// A mesh whose controller has written rows of policies, officers, API keys, signing keys and spent keys.

import type { RequestSubject } from '@mesh/protocol';
import { openNextEpoch, until } from './index.ts';
import { entriesOf, requestFor, revocationOf, signedBy } from './officers.ts';
import { type RunningMesh, runningMesh } from './running-mesh.ts';

const reason = 'it is time';

export async function busyMesh(): Promise<RunningMesh> {
  const mesh = await runningMesh(['node-a', 'node-b', 'node-c', 'node-d:gpu'], {
    epoch_seconds: 86_400,
    max_benchmark_age_seconds: 86_400 * 3,
    certificate_hours: 72,
    officers: entriesOf(['alice', 'bob', 'carol']),
    policy: { classes: [{ name: 'gpu' }] },
  });
  const { controller } = mesh;
  const { admin } = controller;
  await admin.setPolicy({ text: '{ "threshold": 0.95, "classes": [{ "name": "gpu" }] }', reason });
  await openNextEpoch(controller);
  await admin.quarantine('node-b', 'odd', 600);
  const decide = async (subject: RequestSubject) =>
    admin.submitRequest(signedBy(await requestFor(mesh, subject), 'alice', 'bob'));
  await decide(revocationOf('node-c'));
  await decide({ kind: 'class.revoke', parameters: { class: 'gpu' } });
  await admin.createKey({ name: 'viewer', role: 'viewer' });
  const ended = await admin.createKey({ name: 'ended', role: 'operator' });
  await admin.expireKey(ended.key_id);
  const allow = async (
    kind: 'config_key.rotate' | 'log_key.rotate',
    step: 'prepare' | 'switch' | 'finish',
    force = false,
  ) => {
    // A list of config keys is newer than the one before.
    await mesh.clock.advance(1_000);
    await decide({ kind, parameters: { step, force } } as RequestSubject);
  };
  const prepareConfigKey = async () => {
    await allow('config_key.rotate', 'prepare');
    await admin.prepareConfigKey({ reason, delay_seconds: 0 });
  };
  await prepareConfigKey();
  await allow('config_key.rotate', 'switch', true);
  await admin.switchConfigKey({ reason, force: true });
  await allow('config_key.rotate', 'finish');
  await admin.finishConfigKey({ reason });
  await prepareConfigKey();
  const prepareLogKey = async () => {
    await allow('log_key.rotate', 'prepare');
    await admin.prepareLogKey({ reason });
  };
  await prepareLogKey();
  await mesh.clock.advance(1_000);
  await until('a head by both pairs', async () => (await admin.logKeyStatus()).is_published);
  await allow('log_key.rotate', 'finish', true);
  await admin.finishLogKey({ reason, force: true });
  await prepareLogKey();
  return mesh;
}
