// Whoever edits the configuration and restarts the controller is one operator: where there are officers, a
// weaker policy and looser pair limits in the file do not count.

import { expect, it } from 'vitest';
import { entriesOf, requestFor, signedBy } from '../support/officers.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';
import { readAgain } from '../support/start-controller.ts';

const settings = {
  epoch_seconds: 86_400,
  max_benchmark_age_seconds: 86_400 * 3,
  certificate_hours: 72,
  policy: { threshold: 0.7 },
  classes: { default: { limit_bits_per_second: 1_000_000 } },
};
const officers = entriesOf(['alice', 'bob', 'carol']);
const LOOSE = { classes: { default: { limit_bits_per_second: 1_000_000_000 } } };

const limitOf = async ({ controller }: RunningMesh) =>
  (await controller.admin.node('node-a')).limits.map(({ bits_per_second }) => bits_per_second);
const restartWith = ({ controller }: RunningMesh, config: object) => {
  Object.assign(controller.config, config);
  return controller.restart();
};

it('a weaker policy and looser limits in the file count at no start and no SIGHUP, until officers have signed', async () => {
  await using mesh = await runningMesh(['node-a'], { ...settings, officers });
  const { controller } = mesh;
  const weaker = { policy: { threshold: 0.1 } };
  await controller.running.reload(readAgain(controller.directory, { ...settings, ...weaker }));
  expect((await controller.admin.policy()).next).toBeNull();
  await restartWith(mesh, { ...weaker, ...LOOSE });
  expect(await controller.admin.policy()).toMatchObject({ in_force: { version: 1 }, next: null });
  expect(await limitOf(mesh)).toEqual([1_000_000]);
  const refusals = controller.logLines.filter((line) => line.includes('"officers_required"'));
  expect(refusals.map((line) => /request create (\S+)/.exec(line)?.[1])).toEqual([
    'policy.replace',
    'policy.replace',
    'limits.replace',
  ]);

  // Tighter ones need nobody, and are what counts from then on.
  await restartWith(mesh, { classes: { default: { limit_bits_per_second: 500_000 } } });
  await restartWith(mesh, LOOSE);
  expect(await limitOf(mesh)).toEqual([500_000]);

  const asked = controller.logLines.findLast((line) => line.includes('request create limits.replace')) ?? '';
  const [present = '', proposed = ''] = asked.match(/sha256:[0-9a-f]{64}/g) ?? [];
  const request = await requestFor(mesh, { kind: 'limits.replace', parameters: { present, proposed } });
  await controller.admin.submitRequest(signedBy(request, 'alice', 'bob'));
  await controller.restart();
  expect(await limitOf(mesh)).toEqual([1_000_000_000]);
});

it('both count where there are no officers (control)', async () => {
  await using mesh = await runningMesh(['node-a'], settings);
  await restartWith(mesh, { policy: { threshold: 0.1 }, ...LOOSE });
  expect((await mesh.controller.admin.policy()).in_force).toMatchObject({ version: 2 });
  expect(await limitOf(mesh)).toEqual([1_000_000_000]);
});
