// GET /v1/config-key/status, and POST /v1/config-key/prepare, switch, finish and abort: of the
// administration.

import type { Clock } from '@mesh/host';
import {
  abortConfigKey,
  finishConfigKey,
  type MeshView,
  nodesNotConfirmed,
  officersAuthoriseConfigKeyStep,
  prepareConfigKey,
  switchConfigKey,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import {
  type ConfigKeyStatus,
  endConfigKeyRequest,
  prepareConfigKeyRequest,
  switchConfigKeyRequest,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import { createNextConfigKey } from '../../trust/next-config-key.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface ConfigKeyStatusPorts {
  readonly view: MeshView;
  readonly keys: ControllerKeys;
  readonly clock: Clock;
}

export interface RotateConfigKeyPorts extends ConfigKeyStatusPorts {
  readonly judge: Judge;
  readonly sealer: Sealer;
  readonly config: { readonly certificate_hours: number };
}

export function configKeyStatusRoute(ports: ConfigKeyStatusPorts): Handler {
  return (context) => context.json(statusOf(ports));
}

export function prepareConfigKeyRoute(ports: RotateConfigKeyPorts): Handler<AdminEnv> {
  const { keys, sealer, judge, clock, config } = ports;
  const mayBeAwayMs = config.certificate_hours * 3_600_000;
  return async (context) => {
    const { message } = await readMessage(context, prepareConfigKeyRequest);
    const { actor } = context.get('caller');
    const { key, sealedKey } = createNextConfigKey(sealer);
    const fromMs = Math.floor(clock.nowMs()) + message.delay_seconds * 1000;
    const next = { public_key: key.publicKey, from_ms: fromMs };
    const list = keys.config.signList({ ...newListHead(ports), next });
    await judge.run(
      prepareConfigKey(
        { list, sealedKey, mayBeAwayMs, why: message.reason, actor },
        officersAuthoriseConfigKeyStep,
      ),
    );
    keys.config.announce(key);
    return context.json(statusOf(ports));
  };
}

export function switchConfigKeyRoute(ports: RotateConfigKeyPorts): Handler<AdminEnv> {
  const { keys, judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, switchConfigKeyRequest);
    const { actor } = context.get('caller');
    const { force, reason: why } = message;
    await judge.run(switchConfigKey({ force, why, actor }, officersAuthoriseConfigKeyStep));
    keys.config.switchOver();
    return context.json(statusOf(ports));
  };
}

export const finishConfigKeyRoute = endConfigKeyRoute(finishConfigKey);
export const abortConfigKeyRoute = endConfigKeyRoute(abortConfigKey);

/** The end and the abort: the key that does not sign is destroyed. */
function endConfigKeyRoute(
  command: typeof finishConfigKey | typeof abortConfigKey,
): (ports: RotateConfigKeyPorts) => Handler<AdminEnv> {
  return (ports) => {
    const { keys, judge } = ports;
    return async (context) => {
      const { message } = await readMessage(context, endConfigKeyRequest);
      const { actor } = context.get('caller');
      const list = keys.config.signList(newListHead(ports));
      await judge.run(command({ list, why: message.reason, actor }, officersAuthoriseConfigKeyStep));
      keys.config.settle();
      return context.json(statusOf(ports));
    };
  };
}

/** A list that is newer than every one before, even if the clock was set back. */
function newListHead({ view, clock }: ConfigKeyStatusPorts) {
  const newestMs = view.configKeys().lists.at(-1)?.made_at_ms ?? 0;
  return { mesh_id: view.meshId, made_at_ms: Math.max(Math.floor(clock.nowMs()), newestMs + 1) };
}

function statusOf({ view, keys, clock }: ConfigKeyStatusPorts): ConfigKeyStatus {
  const { config } = keys;
  const fromMs = view.configKeys().lists.at(-1)?.next?.from_ms;
  const isAnnounced = config.nextPublicKey !== undefined && fromMs !== undefined;
  return {
    config_key: config.publicKey,
    next_config_key: config.nextPublicKey ?? null,
    next_from: isAnnounced ? formatRfc3339(fromMs) : null,
    previous_config_key: config.previousPublicKey ?? null,
    not_confirmed: [...nodesNotConfirmed(view, clock.nowMs())],
  };
}
