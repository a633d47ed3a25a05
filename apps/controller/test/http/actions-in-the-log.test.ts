// Every route of the administration that changes or gives out something leaves an entry in the log that names
// who did it.

import { routes } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { meshesOfActions } from '../support/admin-actions.ts';
import { networkAdmin } from '../support/network-admin.ts';
import { runningMesh } from '../support/running-mesh.ts';

const ONLY_READ: readonly string[] = [routes.checkPolicy, routes.backtestPolicy, routes.requestDraft];

describe('an action over the network is in the log with its key', () => {
  it.each(meshesOfActions)('where $where decides', async ({ actions, names, settings }) => {
    await using mesh = await runningMesh(names, settings as object);
    const { controller } = mesh;
    const { key, key_id: keyId } = await controller.admin.createKey({ name: 'alice', role: 'operator' });
    for (const { path, type, prepare, act } of actions) {
      await prepare?.(mesh);
      const { size } = controller.running.services.journal.head();
      await act({ mesh, admin: networkAdmin(controller, { key }) });
      const { entries } = await controller.admin.log({ from: size });
      expect(
        entries.map(({ entry }) => entry),
        path,
      ).toContainEqual(
        expect.objectContaining({
          type,
          data: expect.objectContaining({ actor: 'key', actor_id: keyId }),
        }),
      );
    }
  });

  it('at every route that does more than read', () => {
    const tried = new Set(meshesOfActions.flatMap(({ actions }) => actions.map(({ path }) => path)));
    const post = adminRoutes.filter(({ method }) => method === 'POST').map(({ path }) => path as string);
    expect([...tried, ...ONLY_READ].sort()).toEqual(post.sort());
  });
});
