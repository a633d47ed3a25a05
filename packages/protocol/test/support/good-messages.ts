// One good body of each kind of message. Tests break them.

import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import type * as z from 'zod';
import {
  appliedMessage,
  benchmarkMessage,
  configDelta,
  configKeyList,
  createAdminKeyRequest,
  createTokenRequest,
  encodePairRows,
  endConfigKeyRequest,
  endpointMessage,
  enrolmentMessage,
  examCommitment,
  examResult,
  finishLogKeyRequest,
  fullConfig,
  keyRotationMessage,
  leaveMessage,
  loadPoolRequest,
  logKeyRequest,
  maintenanceMessage,
  officerRequest,
  prepareConfigKeyRequest,
  quarantineRequest,
  reasonRequest,
  receiptMessage,
  removalNotice,
  requestDraftQuery,
  setClassRequest,
  signedRequest,
  switchConfigKeyRequest,
  withdrawTokenRequest,
} from '../../src/index.ts';

const KEY = encodeBase64(new Uint8Array(32).fill(9));
export const KEY_32 = KEY;
export const SIGNATURE = encodeBase64(new Uint8Array(64).fill(7));
const AT = '2026-01-05T12:34:50.123Z';

const from = { mesh_id: 'demo', node_id: 'node-a' };
const sent = { sequence: 1_767_616_490_456, sent_at: AT };
const instance_id = 'b1946ac92492d234';
const officer = {
  mesh_id: 'demo',
  request_id: '0190c3d2-7b1e-7000-8000-000000000001',
  timestamp: AT,
  expires_at: '2026-01-05T12:41:00.000Z',
  reason: 'key compromise',
  signature: SIGNATURE,
};
const ALICE = encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(1)));
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const exam = {
  ...from,
  exam_id: '0123456789abcdef0123456789abcdef',
  transcript_sha256: 'cd'.repeat(32),
  timestamp: AT,
  signature: SIGNATURE,
};
const request = {
  mesh_id: 'demo',
  request_id: '0190c3d2-7b1e-4000-8000-000000000001',
  kind: 'node.revoke',
  parameters: { node_id: 'node-c' },
  state: DIGEST,
  required: 2,
  not_before: AT,
  expires_at: '2026-01-06T12:34:50.123Z',
  reason: 'key compromise',
};
const peer = {
  node_id: 'node-b',
  public_keys: { a: KEY, b: KEY },
  endpoint: '192.0.2.7:51820',
  endpoint_b: '192.0.2.7:51821',
  allowed_ips: ['10.77.0.2/32'],
  class: 'default',
};
const config = {
  ...from,
  version: '7.42',
  epoch_id: 7,
  allowed: true,
  reason: 'ok',
  reason_code: 'ok',
  server_time_ms: 1_767_616_490_456,
  lease_seconds: 180,
  challenge: 'q83vEjRWeJA',
  rotation: 'strict',
  lead_ms: 20_000,
  log_head: { size: 12, root_hash: KEY },
  log_proof: { signatures: [KEY], consistency: [KEY, KEY] },
  log: { origin: 'mesh.example.com/m', verifier_keys: ['mesh.example.com/m+00000000+AQ=='] },
  signature: SIGNATURE,
};
const keys = {
  suite: 'none',
  current: { epoch_id: 7, psks: { 'node-b': KEY } },
  next: { epoch_id: 8, activate_at: AT, psks: { 'node-b': KEY } },
};

const sealedKeys = {
  suite: 'mesh/seal/v1/x25519',
  kem_key_id: 'q83vEjRWeJCrze8SNFZ4kA',
  epoch_id: 7,
  enc: KEY,
  sequence: 0,
  sealed: 'AAAA',
};

const keyList = {
  mesh_id: 'demo',
  made_at_ms: 1_767_616_490_456,
  present: ALICE,
  next: {
    public_key: encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(2))),
    from_ms: 1_767_616_500_000,
  },
  signature: SIGNATURE,
};

export interface GoodMessage {
  readonly schema: z.ZodType;
  readonly body: Record<string, unknown>;
}

/** A pair that is not measured, and one that is. */
export const PAIR_ROWS = [
  { traffic: undefined, probed: undefined },
  {
    traffic: { receivedBytes: 2 ** 53 - 1, sentBytes: 200, forMs: 61_000 },
    probed: { sent: 20, answered: 19, rttMs: 1.25, worstRttMs: 30, ageMs: 3_400 },
  },
] as const;

export const GOOD = {
  benchmark: {
    schema: benchmarkMessage,
    body: {
      ...from,
      ...sent,
      timestamp: AT,
      suite_version: 'canary-1.0',
      instance_id,
      challenge: 'q83vEjRWeJA',
      scores: { overall: 0.92, refusal: 0.88 },
      samples: { overall: 40 },
      measured_by: 'self',
      signals: { latency_ms: 212, error_rate: 0, handshakes: 1, clock_skew_ms: -12.5 },
      evidence: { sha256: 'ab'.repeat(32), media_type: 'application/json', harness: 'lm-eval/0.4.9' },
      attestation: {
        payloadType: 'application/vnd.in-toto+json',
        payload: 'e30=',
        signatures: [{ keyid: 'lab-1', sig: SIGNATURE }],
      },
      kem_public_key: `mesh/seal/v1/x25519:${KEY}`,
      notes: 'first line\nsecond line',
      signature: SIGNATURE,
    },
  },
  enrolment: {
    schema: enrolmentMessage,
    body: {
      ...from,
      token: 'meshjoin1.AAAAAAAAAAAA.x.y',
      challenge_id: 'AAAAAAAAAAAAAAAAAAAAAAAA',
      csr_pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
      identity_key: KEY,
      wg_public_keys: { a: KEY },
      wg_proofs: { a: KEY },
      endpoint: { listen_ports: { a: 51820 }, advertise: ['192.0.2.7', '2001:db8::7'] },
      sent_at: AT,
      signature: SIGNATURE,
    },
  },
  endpoint: {
    schema: endpointMessage,
    body: { ...from, ...sent, listen_ports: { a: 51820, b: 51821 }, advertise: [], signature: SIGNATURE },
  },
  key_rotation: {
    schema: keyRotationMessage,
    body: {
      ...from,
      sent_at: AT,
      challenge_id: 'AAAAAAAAAAAAAAAAAAAAAAAA',
      identity: {
        public_key: KEY,
        csr_pem: '-----BEGIN CERTIFICATE REQUEST-----\nMII=\n-----END CERTIFICATE REQUEST-----\n',
        proof: SIGNATURE,
      },
      wg_public_keys: { a: KEY, b: KEY },
      wg_proofs: { a: KEY, b: KEY },
      may_interrupt: false,
      signature: SIGNATURE,
    },
  },
  leave: { schema: leaveMessage, body: { ...from, ...sent, instance_id, signature: SIGNATURE } },
  applied: {
    schema: appliedMessage,
    body: {
      ...from,
      ...sent,
      instance_id,
      epoch_id: 7,
      peers: [
        { node_id: 'node-b', epoch_id: 7, handshake_age_ms: 1500 },
        { node_id: 'node-c', epoch_id: null, handshake_age_ms: null, slot: 'b' },
      ],
      troubles: {
        tunnel: { since: AT, code: 'interface_taken', reason: 'mesh0 belongs to somebody else' },
        measurement: { since: AT, code: 'unanswered', reason: '24 of 24 unanswered: HTTP 404' },
      },
      figures: { version: 1, probe_interval_ms: 10_000, rows: encodePairRows(PAIR_ROWS) },
      signature: SIGNATURE,
    },
  },
  config: {
    schema: fullConfig,
    body: { ...config, interface: { addresses: ['10.77.0.1/16'], mtu: 1420 }, peers: [peer], keys },
  },
  'config delta': {
    schema: configDelta,
    body: { ...config, base: '7.41', removed: ['node-c'], added: [peer], keys },
  },
  'removal notice': {
    schema: removalNotice,
    body: {
      mesh_id: 'demo',
      class: 'default',
      base: '7.41',
      version: '7.42',
      epoch_id: 7,
      removed: ['node-c'],
      except: ['node-d'],
      server_time_ms: 1_767_616_490_456,
      lease_seconds: 180,
      challenge: 'q83vEjRWeJA',
      log_head: { size: 12, root_hash: KEY },
      signature: SIGNATURE,
    },
  },
  'sealed config': {
    schema: fullConfig,
    body: {
      ...config,
      interface: { addresses: ['10.77.0.1/16'], mtu: 1420 },
      peers: [peer],
      keys: sealedKeys,
    },
  },
  'config with key lists': {
    schema: configDelta,
    body: { ...config, base: '7.41', removed: [], added: [], config_key_lists: [keyList] },
  },
  'config key list': { schema: configKeyList, body: keyList },
  'prepare config key': {
    schema: prepareConfigKeyRequest,
    body: { reason: 'it is time', delay_seconds: 60 },
  },
  'switch config key': { schema: switchConfigKeyRequest, body: { reason: 'all know it', force: true } },
  'end config key': { schema: endConfigKeyRequest, body: { reason: 'all know it' } },
  'config key request': {
    schema: officerRequest,
    body: { ...request, kind: 'config_key.rotate', parameters: { step: 'switch', force: false } },
  },
  'log key step': { schema: logKeyRequest, body: { reason: 'it is time' } },
  'finish log key': { schema: finishLogKeyRequest, body: { reason: 'all know it', force: true } },
  'log key request': {
    schema: officerRequest,
    body: { ...request, kind: 'log_key.rotate', parameters: { step: 'finish', force: false } },
  },
  'batched config': {
    schema: fullConfig,
    body: {
      ...config,
      batch: { size: 3, index: 1, path: [KEY, KEY] },
      interface: { addresses: ['10.77.0.1/16'], mtu: 1420 },
      peers: [peer],
      keys: sealedKeys,
    },
  },
  receipt: {
    schema: receiptMessage,
    body: {
      ...from,
      message_sha256: 'cd'.repeat(32),
      sequence: 5,
      received_at: AT,
      log_index: 0,
      leaf_hash: KEY,
      batch: { size: 3, index: 1, path: [KEY, KEY] },
      signature: SIGNATURE,
    },
  },
  'officer request': { schema: officerRequest, body: request },
  'class request': {
    schema: officerRequest,
    body: { ...request, kind: 'class.revoke', parameters: { class: 'gpu' } },
  },
  'officers request': {
    schema: officerRequest,
    body: {
      ...request,
      kind: 'officers.replace',
      parameters: { officers: [{ name: 'alice', public_key: ALICE }], required: 1 },
    },
  },
  'policy request': {
    schema: officerRequest,
    body: { ...request, kind: 'policy.replace', parameters: { present: DIGEST, proposed: DIGEST } },
  },
  'reclass request': {
    schema: officerRequest,
    body: { ...request, kind: 'node.reclass', parameters: { node_id: 'node-c', class: 'gpu' } },
  },
  'brake request': {
    schema: officerRequest,
    body: { ...request, kind: 'brake.end', parameters: { decision: 'release', for_seconds: 3_600 } },
  },
  'CA request': {
    schema: officerRequest,
    body: { ...request, kind: 'ca.rotate', parameters: { step: 'finish', force: false } },
  },
  'limits request': {
    schema: officerRequest,
    body: { ...request, kind: 'limits.replace', parameters: { present: DIGEST, proposed: DIGEST } },
  },
  'signed request': {
    schema: signedRequest,
    body: { request, signatures: [{ officer_key: ALICE, signature: SIGNATURE }] },
  },
  'request draft': {
    schema: requestDraftQuery,
    body: { kind: 'node.revoke', parameters: { node_id: 'node-c' } },
  },
  maintenance: { schema: maintenanceMessage, body: { ...officer, until: '2026-01-05T13:00:00Z' } },
  'exam commitment': { schema: examCommitment, body: exam },
  'exam result': {
    schema: examResult,
    body: {
      ...exam,
      grades: [
        { index: 12, score: 1, latency_ms: 812.5 },
        { index: 3, score: 0, problem: 'HTTP 500' },
      ],
    },
  },
  'load pool': { schema: loadPoolRequest, body: { text: 'pool: general\n', reason: 'the first pool' } },
  'config of a node that is examined': {
    schema: fullConfig,
    body: {
      ...config,
      allowed: false,
      exams: [exam.exam_id],
      interface: { addresses: ['10.77.0.1/16'], mtu: 1420 },
      peers: [{ ...peer, limit: { bits_per_second: 1_000_000 }, service_port: 8000, service_of: 'self' }],
    },
  },
  'create token': {
    schema: createTokenRequest,
    body: { uses: 3, ttl_seconds: 60, class: 'gpu', node_id: 'node-a', approve: true },
  },
  'withdraw token': {
    schema: withdrawTokenRequest,
    body: { token_id: 'AQEBAQEBAQEB', reason: 'it leaked' },
  },
  'set class': { schema: setClassRequest, body: { class: 'gpu', reason: 'new card' } },
  quarantine: { schema: quarantineRequest, body: { reason: 'odd', for_seconds: 60 } },
  'create admin key': {
    schema: createAdminKeyRequest,
    body: { name: 'night shift', role: 'viewer', ttl_seconds: 600 },
  },
  standing: { schema: reasonRequest, body: { reason: 'answers with secrets' } },
} as const satisfies Record<string, GoodMessage>;

export type GoodName = keyof typeof GOOD;
export const GOOD_LIST: readonly (GoodMessage & { readonly name: string })[] = Object.entries(GOOD).map(
  ([name, message]) => ({ name, ...message }),
);

/**
 * A copy of a good body with another value at a path (`scores.overall`); `undefined` removes the value.
 */
export function broken(name: GoodName, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(GOOD[name].body) as Record<string, unknown>;
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let at: Record<string, unknown> = copy;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
  return copy;
}
