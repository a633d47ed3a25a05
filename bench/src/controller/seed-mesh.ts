// Makes a mesh of any size on disk. The controller's own journal writes the events that enrolments and
// benchmarks would have left, so the measured controller reads what it would have written itself.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawPublicKeyOf, systemClock } from '@mesh/host';
import { done } from '@mesh/membership';
import { initController } from '../../../apps/controller/src/init.ts';
import { type ControllerConfig, controllerConfig } from '../../../apps/controller/src/settings/config.ts';
import { openDatabase, openSealer } from '../../../apps/controller/src/store/open-store.ts';
import { openControllerKeys } from '../../../apps/controller/src/trust/controller-keys.ts';
import { createCsr } from '../../../apps/node-agent/src/identity/csr.ts';
import { openJournal } from './open-journal.ts';
import { DAY_MS, type KeyPair, type NodesPlan, nodeIdOf, writeNodes } from './seeded-nodes.ts';

/** What a client needs to act as a node. */
export interface NodeIdentity {
  readonly nodeId: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface SeededMesh {
  readonly meshId: string;
  readonly config: ControllerConfig;
  readonly configFile: string;
  readonly caPem: string;
  /** Base64. Nodes pin this key. */
  readonly configPublicKey: string;
  /** The identities of the first nodes, as many as requested. */
  readonly identities: readonly NodeIdentity[];
  /** A server certificate of the same CA, for servers to compare with. */
  readonly server: { readonly certificatePem: string; readonly privateKeyPem: string };
  remove(): Promise<void>;
}

export interface MeshPlan extends NodesPlan {
  /** How many nodes get a certificate that a client can use. */
  readonly identities: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Whether the log has earlier starts, so that the next start waives no staleness. A first start waives it
   * for an epoch.
   */
  readonly startedBefore?: boolean;
}

const MESH_ID = 'bench';
/**
 * Consecutive starts, none of which lived for an epoch. Together they have used up the two epochs of waiver.
 */
const STARTED_EPOCHS_AGO = [2.25, 1.5, 0.75];
/** The most classes that a policy may name. */
const MAX_GROUPS = 256;

export async function seedMesh(plan: MeshPlan): Promise<SeededMesh> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  const groups = plan.groupSize === undefined ? [] : groupNames(Math.ceil(plan.nodes / plan.groupSize));
  const settings = {
    mesh_id: MESH_ID,
    data_dir: join(folder, 'data'),
    master_key_file: join(folder, 'master.key'),
    nodes: { host: '127.0.0.1', port: 0 },
    public: { host: '127.0.0.1', port: 0 },
    epoch_seconds: 3600,
    max_benchmark_age_seconds: 86_400,
    insecure_unsealed_keys: true,
    limits: {
      node_per_minute: 1e9,
      submissions_per_minute: 1e9,
      address_per_minute: 1e9,
      connections_per_address: 30_000,
      connections_per_second: 1e9,
    },
    peer_groups: Object.fromEntries(groups.map((name) => [name, [name]])),
    policy: { classes: groups.map((name) => ({ name })) },
    ...plan.settings,
  };
  const configFile = join(folder, 'controller.json');
  writeFileSync(configFile, JSON.stringify(settings));
  const config = controllerConfig.parse(settings);
  mkdirSync(config.data_dir, { recursive: true });
  await initController(config, systemClock);

  const db = openDatabase(config);
  try {
    const sealer = openSealer(config);
    const keys = await openControllerKeys(db, sealer, MESH_ID);
    let behindMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() - behindMs };
    const journal = openJournal(db, sealer, config, clock);
    const identityKeys = Array.from({ length: plan.identities }, () => generateKeyPairSync('ed25519'));
    for (const epochsAgo of plan.startedBefore === true ? STARTED_EPOCHS_AGO : []) {
      behindMs = epochsAgo * config.epoch_seconds * 1000;
      await journal.run(() => done([{ type: 'controller_started', version: 'bench' }]));
    }
    behindMs = 0;
    await writeNodes(journal, plan, groups, identityKeys);
    await journal.close();
    const issue = async (keyPair: KeyPair, at: number): Promise<NodeIdentity> => {
      const nodeId = nodeIdOf(at);
      const publicKey = rawPublicKeyOf(keyPair.publicKey);
      const csrPem = createCsr({
        commonName: nodeId,
        publicKey,
        sign: (info) => sign(null, info, keyPair.privateKey),
      });
      const { pem } = await keys.authority.issueNode({
        csrPem,
        identityKey: publicKey,
        meshId: MESH_ID,
        nodeId,
        nowMs: Date.now(),
        lifetimeMs: DAY_MS,
      });
      return { nodeId, certificatePem: pem, privateKeyPem: pkcs8Pem(keyPair.privateKey) };
    };
    const server = await keys.authority.issueServer(['localhost', '127.0.0.1'], Date.now(), DAY_MS);
    return {
      meshId: MESH_ID,
      config,
      configFile,
      caPem: keys.authority.certificatePem,
      configPublicKey: keys.config.publicKey,
      identities: await Promise.all(identityKeys.map(issue)),
      server: { certificatePem: server.pem + keys.authority.certificatePem, privateKeyPem: server.keyPem },
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } finally {
    db.close();
  }
}

function groupNames(count: number): string[] {
  if (count > MAX_GROUPS)
    throw new RangeError(`${count} groups: a policy names at most ${MAX_GROUPS} classes`);
  return Array.from({ length: count }, (_, at) => `group-${at}`);
}

function pkcs8Pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
