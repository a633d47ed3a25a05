// GET and POST /v1/maintenance, POST /v1/maintenance/end: on the administration socket.

import { endMaintenance, openWindow, startMaintenance } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import { type MaintenanceStatus, maintenanceMessage, routes } from '@mesh/protocol';
import type { Hono } from 'hono';
import type { Services } from '../../services.ts';
import { findOfficer } from '../../trust/find-officer.ts';
import { readMessage } from '../read-message.ts';

export function addMaintenanceRoutes(app: Hono, services: Services): void {
  const { judge, config, signatures } = services;
  const officers = config.officers.map(({ name, public_key }) => ({ name, publicKey: public_key }));
  app.get(routes.maintenance, (context) => context.json(statusOf(services)));
  app.post(routes.maintenance, async (context) => {
    const { message, body } = await readMessage(context, maintenanceMessage);
    const officer = await findOfficer(officers, signatures, 'maintenance', body as { signature: string });
    await judge.run(startMaintenance({ request: message, officer }));
    return context.json(statusOf(services));
  });
  app.post(routes.endMaintenance, async (context) => {
    await judge.run(endMaintenance({ kind: 'operator' }));
    return context.json(statusOf(services));
  });
}

function statusOf({ meshId, config, view, clock }: Services): MaintenanceStatus {
  const window = openWindow(view, clock.nowMs());
  return {
    mesh_id: meshId,
    lease_seconds: config.lease_seconds,
    window:
      window === undefined
        ? null
        : {
            request_id: window.requestId,
            officer: window.officer,
            reason: window.why,
            started_at: formatRfc3339(window.startedAtMs),
            until: formatRfc3339(window.untilMs),
          },
  };
}
