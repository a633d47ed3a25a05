// GET and POST /v1/maintenance, POST /v1/maintenance/end: on the administration socket.

import type { Clock } from '@mesh/host';
import { endMaintenance, type MeshView, openWindow, startMaintenance } from '@mesh/membership';
import { formatRfc3339, type MeshId } from '@mesh/primitives';
import { type MaintenanceStatus, maintenanceMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import { findOfficer } from '../../trust/find-officer.ts';
import type { SignatureVerifier } from '../../trust/verify-signature.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface MaintenanceStatusPorts {
  readonly meshId: MeshId;
  readonly config: { readonly lease_seconds: number };
  readonly view: MeshView;
  readonly clock: Clock;
}

export interface EndMaintenancePorts extends MaintenanceStatusPorts {
  readonly judge: Judge;
}

export interface StartMaintenancePorts extends EndMaintenancePorts {
  readonly signatures: SignatureVerifier;
}

export function maintenanceRoute(ports: MaintenanceStatusPorts): Handler<AdminEnv> {
  return (context) => context.json(statusOf(ports));
}

export function startMaintenanceRoute(ports: StartMaintenancePorts): Handler<AdminEnv> {
  const { judge, view, signatures } = ports;
  return async (context) => {
    const { message, body } = await readMessage(context, maintenanceMessage);
    const officers = view.officers()?.officers ?? [];
    const officer = await findOfficer(officers, signatures, 'maintenance', body as { signature: string });
    await judge.run(startMaintenance({ request: message, officer, actor: context.get('caller').actor }));
    return context.json(statusOf(ports));
  };
}

export function endMaintenanceRoute(ports: EndMaintenancePorts): Handler<AdminEnv> {
  return async (context) => {
    await ports.judge.run(endMaintenance(context.get('caller').actor));
    return context.json(statusOf(ports));
  };
}

function statusOf({ meshId, config, view, clock }: MaintenanceStatusPorts): MaintenanceStatus {
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
