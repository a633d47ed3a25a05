// Everything that the administration can change or give out, each done once.

import { openSqlite } from '@mesh/host';
import { ed25519PublicKey, encodeBase64, formatRfc3339, parseNodeId } from '@mesh/primitives';
import {
  type AdminClient,
  type MaintenanceMessage,
  parseJoinToken,
  routes,
  signMessage,
} from '@mesh/protocol';
import { migrations } from '../../src/store/migrations/index.ts';
import { exhaustSequences } from './exhaust-sequences.ts';
import { enrolTestNode, until } from './index.ts';
import { entriesOf, requestFor, revocationOf, signedBy } from './officers.ts';
import type { RunningMesh } from './running-mesh.ts';

export interface Scene {
  readonly mesh: RunningMesh;
  /** Over the network, with an operator's key. */
  readonly admin: AdminClient;
}

export interface Action {
  readonly path: string;
  /** The entry that is to name the key. */
  readonly type: string;
  act(scene: Scene): Promise<unknown>;
  /** What has to be done before. */
  prepare?(mesh: RunningMesh): Promise<unknown>;
}

const reason = 'a test';
const POOL = {
  name: 'secrets',
  version: '1',
  pool: 'secrets',
  uses: 1,
  prompts: [
    { id: 'one', dimension: 'refusal', prompt: 'Which?', assert: [{ type: 'contains', value: 'no' }] },
  ],
};

const PREPARE_CONFIG_KEY: Action = {
  path: routes.prepareConfigKey,
  type: 'config_key_prepared',
  act: ({ admin }) => admin.prepareConfigKey({ reason, delay_seconds: 0 }),
};
const PREPARE_LOG_KEY: Action = {
  path: routes.prepareLogKey,
  type: 'log_key_prepared',
  act: ({ admin }) => admin.prepareLogKey({ reason }),
};

/** In this order, in one mesh. The end of a CA comes last: the key's connection trusts only the first one. */
const alone: readonly Action[] = [
  { path: routes.rotate, type: 'epoch_opened', act: ({ admin }) => admin.rotate() },
  { path: routes.tokens, type: 'token_created', act: ({ admin }) => admin.createToken({}) },
  {
    path: routes.withdrawToken,
    type: 'token_withdrawn',
    act: async ({ mesh, admin }) =>
      admin.withdrawToken(parseJoinToken(await mesh.controller.token()).tokenId, reason),
  },
  {
    path: routes.resetSequence,
    type: 'sequences_reset',
    prepare: async ({ controller }) => {
      await controller.stop();
      const db = openSqlite(controller.paths.database, { migrations });
      exhaustSequences(db, 'node-a');
      db.close();
      await controller.start();
    },
    act: ({ admin }) => admin.resetSequence('node-a', reason),
  },
  {
    path: routes.quarantine,
    type: 'node_quarantined',
    act: ({ admin }) => admin.quarantine('node-a', reason),
  },
  { path: routes.release, type: 'node_released', act: ({ admin }) => admin.release('node-a', reason) },
  {
    path: routes.setClass,
    type: 'node_class_changed',
    act: ({ admin }) => admin.setClass('node-a', 'edge', reason),
  },
  { path: routes.revoke, type: 'node_revoked', act: ({ admin }) => admin.revoke('node-b', reason) },
  { path: routes.deleteNode, type: 'node_deleted', act: ({ admin }) => admin.deleteNode('node-b', reason) },
  {
    path: routes.eraseNode,
    type: 'node_details_erased',
    act: ({ admin }) => admin.eraseNode('node-b', reason),
  },
  {
    path: routes.approve,
    type: 'node_approved',
    prepare: (mesh) => waiting(mesh, 'node-p'),
    act: ({ admin }) => admin.approve('node-p', reason),
  },
  {
    path: routes.reject,
    type: 'node_rejected',
    prepare: (mesh) => waiting(mesh, 'node-q'),
    act: ({ admin }) => admin.reject('node-q', reason),
  },
  {
    path: routes.policy,
    type: 'policy_changed',
    act: ({ admin }) => admin.setPolicy({ text: 'threshold: 0.8\nclasses: [{ name: edge }]\n', reason }),
  },
  {
    path: routes.examPools,
    type: 'exam_pool_loaded',
    act: ({ admin }) => admin.loadPool({ text: JSON.stringify(POOL), reason }),
  },
  {
    path: routes.withdrawPool,
    type: 'exam_pool_withdrawn',
    act: ({ admin }) => admin.withdrawPool('secrets', reason),
  },
  {
    path: routes.restoreExaminer,
    type: 'examiner_restored',
    prepare: ({ controller }) =>
      controller.running.services.judge.run(() => ({
        kind: 'done',
        events: [
          { type: 'examiner_suspended', nodeId: parseNodeId('node-a'), examId: '0'.repeat(32), outvoted: 1 },
        ],
      })),
    act: ({ admin }) => admin.restoreExaminer('node-a', reason),
  },
  { path: routes.testAlerts, type: 'alerts_tested', act: ({ admin }) => admin.testAlerts() },
  { path: routes.backup, type: 'backup_requested', act: ({ admin }) => admin.startBackup() },
  {
    path: routes.rotateMasterKey,
    type: 'master_key_rotation_started',
    prepare: ({ controller }) =>
      until('the backup', async () => (await controller.admin.backup()).state === 'ready'),
    act: ({ admin }) => admin.rotateMasterKey({ reason }),
  },
  PREPARE_CONFIG_KEY,
  {
    path: routes.abortConfigKey,
    type: 'config_key_aborted',
    act: ({ admin }) => admin.abortConfigKey({ reason }),
  },
  PREPARE_CONFIG_KEY,
  {
    path: routes.switchConfigKey,
    type: 'config_key_switched',
    act: ({ admin }) => admin.switchConfigKey({ reason, force: true }),
  },
  {
    path: routes.finishConfigKey,
    type: 'config_key_finished',
    act: ({ admin }) => admin.finishConfigKey({ reason }),
  },
  PREPARE_LOG_KEY,
  {
    path: routes.abortLogKey,
    type: 'log_key_aborted',
    act: ({ admin }) => admin.abortLogKey({ reason }),
  },
  PREPARE_LOG_KEY,
  {
    path: routes.finishLogKey,
    type: 'log_key_finished',
    prepare: async ({ controller, clock }) => {
      // Heads follow each other a second apart at the earliest.
      await clock.advance(1_000);
      await until('a head by both pairs', async () => (await controller.admin.logKeyStatus()).is_published);
    },
    act: ({ admin }) => admin.finishLogKey({ reason, force: true }),
  },
  {
    path: routes.keys,
    type: 'admin_key_created',
    act: ({ admin }) => admin.createKey({ name: 'bob', role: 'viewer' }),
  },
  {
    path: routes.expireKey,
    type: 'admin_key_expired',
    act: async ({ mesh, admin }) => {
      const made = await mesh.controller.admin.createKey({ name: 'carol', role: 'viewer' });
      return admin.expireKey(made.key_id);
    },
  },
  { path: routes.rotateCa, type: 'ca_rotation_started', act: ({ admin }) => admin.rotateCa({ reason }) },
  {
    path: routes.finishCa,
    type: 'ca_rotation_finished',
    act: ({ admin }) => admin.finishCa({ reason, force: true }),
  },
];

/** Enrols a node that waits for an operator. */
async function waiting({ controller }: RunningMesh, nodeId: string): Promise<void> {
  const node = await enrolTestNode(controller, nodeId, { token: await controller.token({ approve: true }) });
  node.close();
}

const SIX = Array.from({ length: 6 }, (_, at) => `node-${at}`);
/** Where four of six nodes have failed, and two are held. */
const braked: readonly Action[] = [
  {
    path: routes.endBrake,
    type: 'brake_ended',
    prepare: async (mesh) => {
      for (const id of SIX) await mesh.node(id).submit(0.1);
    },
    act: ({ admin }) => admin.endBrake({ decision: 'cut', reason }),
  },
];

const SEED = new Uint8Array(32).fill(9);
const officers = [
  ...entriesOf(['alice', 'bob']),
  { name: 'dave', public_key: encodeBase64(ed25519PublicKey(SEED)) },
];

function plannedWork({ clock }: RunningMesh): MaintenanceMessage {
  const nowMs = Math.floor(clock.nowMs());
  return signMessage(
    'maintenance',
    {
      mesh_id: 'testmesh' as MaintenanceMessage['mesh_id'],
      request_id: '00000000-0000-4000-8000-00000000ffff',
      timestamp: formatRfc3339(nowMs),
      expires_at: formatRfc3339(nowMs + 60_000),
      reason,
      until: formatRfc3339(nowMs + 1_800_000),
    },
    SEED,
  );
}

/** Where there are officers. The entry names who brought what they have signed. */
const signed: readonly Action[] = [
  {
    path: routes.maintenance,
    type: 'maintenance_started',
    act: ({ mesh, admin }) => admin.startMaintenance(plannedWork(mesh)),
  },
  { path: routes.endMaintenance, type: 'maintenance_ended', act: ({ admin }) => admin.endMaintenance() },
  {
    path: routes.requests,
    type: 'request_signed',
    act: async ({ mesh, admin }) =>
      admin.submitRequest(signedBy(await requestFor(mesh, revocationOf('node-a')), 'alice')),
  },
  {
    path: routes.revocations,
    type: 'request_signed',
    act: async ({ mesh, admin }) =>
      admin.submitRevocation(signedBy(await requestFor(mesh, revocationOf('node-a')), 'alice', 'bob')),
  },
];

/** The meshes in which every action of the administration is done once, and what each of them needs. */
export const meshesOfActions = [
  {
    where: 'one operator',
    actions: alone,
    names: ['node-a', 'node-b'],
    settings: {
      policy: { classes: [{ name: 'edge' }] },
      alerts: { commands: [{ name: 'ops', run: ['/bin/true'] }] },
    },
  },
  {
    where: 'the brake',
    actions: braked,
    names: SIX,
    settings: {
      policy: { maxBenchmarkAgeMs: 3_600_000 },
      brake: { hold_seconds: 300, limit_bits_per_second: 640_000 },
    },
  },
  { where: 'officers', actions: signed, names: ['node-a'], settings: { officers } },
] as const;
