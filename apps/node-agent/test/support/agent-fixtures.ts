// A temporary state directory with keys and an enrolment at a fake controller, and other fixtures that tests
// share.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLogger,
  createTlsFetch,
  fetchCaWithPin,
  platformAead,
  platformX25519,
  systemClock,
  type Timers,
} from '@mesh/host';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import type { FullConfig } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import { type EnrolPorts, enrol } from '../../src/identity/enrol.ts';
import type { Enrolment } from '../../src/identity/enrolment-file.ts';
import { loadOrCreateKeys, type NodeKeys } from '../../src/identity/key-files.ts';
import { openStateDir, type StateDir } from '../../src/identity/state-dir.ts';
import { type ConnectNode, ControlChannel } from '../../src/uplink/channel/control-channel.ts';
import { KemKeys } from '../../src/uplink/keys/kem-keys.ts';
import { FakeController, MESH_ID } from './fake-controller.ts';
import { epoch, pskOf, publicKeyOf } from './plan-fixtures.ts';
import type { Life } from './test-authority.ts';

export const silent = createLogger({ level: 'silent' });
export const random32 = (lengthBytes: number) => new Uint8Array(randomBytes(lengthBytes));

/** A directory that is removed when the test is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'mesh-agent-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const enrolPorts: EnrolPorts = {
  fetchPinnedCa: (url, pins) => fetchCaWithPin(url, pins),
  connect: (ca) => {
    const fetch = createTlsFetch({ ca, maxSockets: 1 });
    return { fetch, close: () => fetch.close() };
  },
  onWork: () => undefined,
};

export async function startController(life?: Life): Promise<FakeController> {
  const controller = await FakeController.start(life);
  onTestFinished(() => controller.close());
  return controller;
}

export interface Member {
  readonly dir: StateDir;
  readonly keys: NodeKeys;
  readonly enrolment: Enrolment;
  readonly connect: ConnectNode;
  readonly channel: ControlChannel;
}

/** A node that has enrolled as `self` at the fake controller. */
export async function enrolledMember(controller: FakeController): Promise<Member> {
  const dir = openStateDir(join(temporaryDirectory(), 'state'));
  const keys = loadOrCreateKeys(dir.keys, random32);
  const enrolment = await enrol(
    {
      controllerUrl: controller.publicUrl,
      tokenText: controller.joinToken(),
      nodeId: parseNodeId('self'),
      keys,
      endpoint: { listen_ports: { a: 51_820, b: 51_821 }, advertise: [] },
    },
    enrolPorts,
  );
  const connect: ConnectNode = (current) => {
    const fetch = createTlsFetch({
      ca: current.ca_pem,
      cert: current.certificate_pem,
      key: keys.identity.toPem(),
      maxSockets: 2,
    });
    return { fetch, close: () => fetch.close() };
  };
  const channel = new ControlChannel({
    connect,
    enrolment,
    clock: systemClock,
    heldVersion: () => undefined,
    onConfirmed: () => undefined,
  });
  onTestFinished(() => channel.close());
  return { dir, keys, enrolment, connect, channel };
}

/** A full config for `self`, unsigned. */
export function configBody(version: string, names: readonly string[], changes: Partial<FullConfig> = {}) {
  return {
    mesh_id: parseMeshId(MESH_ID),
    node_id: parseNodeId('self'),
    version,
    epoch_id: epoch(4),
    allowed: true,
    reason: 'ok',
    reason_code: 'ok',
    server_time_ms: Date.now(),
    lease_seconds: 180,
    log_head: { size: 0, root_hash: Buffer.alloc(32).toString('base64') },
    interface: { addresses: ['10.9.0.250/24'], mtu: 1420 },
    peers: names.map((name, index) => ({
      node_id: parseNodeId(name),
      public_keys: { a: publicKeyOf(name) as string },
      endpoint: `192.0.2.${index + 1}:51820`,
      allowed_ips: [`10.9.0.${name.charCodeAt(0) - 96}/32`],
      class: 'default',
    })),
    keys: {
      suite: 'none' as const,
      current: {
        epoch_id: epoch(4),
        psks: Object.fromEntries(names.map((name) => [name, pskOf(4, name) as string])),
      },
    },
    ...changes,
  };
}

/** Timers that fire at once, for tests of loops that are not about the waits. */
export const hastyTimers: Timers = {
  setTimer(delayMs, fn) {
    if (delayMs === Number.POSITIVE_INFINITY || delayMs >= 5_000) return () => undefined;
    const handle = setImmediate(fn);
    return () => clearImmediate(handle);
  },
};

export const newKemKeys = (): KemKeys =>
  new KemKeys({
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    x25519: platformX25519,
    aead: platformAead,
  });
