// GET /v1/ca/status, POST /v1/ca/rotate and POST /v1/ca/finish: of the administration.

import type { Clock } from '@mesh/host';
import {
  finishCaRotation,
  type MeshView,
  nodesNotReady,
  officersAuthoriseCaStep,
  startCaRotation,
} from '@mesh/membership';
import { type CaStatus, finishCaRequest, rotateCaRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import { createNextAuthority } from '../../trust/next-authority.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface CaStatusPorts {
  readonly view: MeshView;
  readonly keys: ControllerKeys;
  readonly clock: Clock;
}

export interface RotateCaPorts extends CaStatusPorts {
  readonly judge: Judge;
  readonly sealer: Sealer;
}

export function caStatusRoute(ports: CaStatusPorts): Handler {
  return (context) => context.json(statusOf(ports));
}

export function rotateCaRoute(ports: RotateCaPorts): Handler<AdminEnv> {
  const { keys, sealer, view, judge, clock } = ports;
  return async (context) => {
    const { message } = await readMessage(context, rotateCaRequest);
    const { actor } = context.get('caller');
    const next = await createNextAuthority(sealer, view.meshId, Math.floor(clock.nowMs()));
    const { authority, ...stored } = next;
    const { pin } = keys.authority;
    await judge.run(
      startCaRotation({ pin, next: stored, why: message.reason, actor }, officersAuthoriseCaStep),
    );
    await keys.authority.trustNext(authority);
    return context.json(statusOf(ports));
  };
}

export function finishCaRoute(ports: RotateCaPorts): Handler<AdminEnv> {
  const { keys, judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, finishCaRequest);
    const { actor } = context.get('caller');
    const { force, reason: why } = message;
    await judge.run(finishCaRotation({ force, why, actor }, officersAuthoriseCaStep));
    await keys.authority.finish();
    return context.json(statusOf(ports));
  };
}

function statusOf({ view, keys, clock }: CaStatusPorts): CaStatus {
  return {
    ca_pin: keys.authority.pin,
    next_ca_pin: keys.authority.nextPin ?? null,
    not_ready: [...nodesNotReady(view, clock.nowMs())],
  };
}
