// Answers of a controller, as the tests' socket server sends them.

import { parseNodeId } from '@mesh/primitives';
import type { CreateTokenAnswer, EpochStatus, LogPage, NodeDetail, NodeSummary } from '@mesh/protocol';

export const TOKEN =
  'meshjoin1.AQEBAQEBAQEB.AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI.AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM';

export const tokenAnswer: CreateTokenAnswer = {
  token_id: 'AQEBAQEBAQEB',
  token: TOKEN,
  uses: 1,
  class: 'default',
  node_id: null,
  expires_at: '2026-01-05T13:00:00.000Z',
};

export const nodeA = {
  node_id: 'node-a',
  status: 'active',
  quarantined_until: null,
  class: 'default',
  membership: 'ALLOWED',
  reason: 'overall 0.92 meets 0.70',
  reason_code: 'ok',
  declining: false,
  limits: [],
  probation_until_epoch: null,
  addresses: ['10.77.0.1'],
  endpoint: '192.0.2.1:51820',
  last_benchmark: {
    overall: 0.92,
    scores: { overall: 0.92, refusal: 0.6999 },
    timestamp: '2026-01-05T12:34:50.123Z',
    suite_version: 'canary-1.0',
    sequence: 7,
  },
  enrolled_at: '2026-01-05T12:00:00.000Z',
  last_seen_at: '2026-01-05T12:35:00.000Z',
  troubles: { tunnel: null, measurement: null },
} as unknown as NodeSummary;

export const nodeWithLongName = {
  ...nodeA,
  node_id: 'a-node-with-a-longer-name',
  status: 'quarantined',
  quarantined_until: '2026-01-05T14:35:00.000Z',
  membership: 'DENIED',
  reason: 'quarantined by an operator',
  reason_code: 'quarantined',
  addresses: ['10.77.0.2', 'fd00::2'],
  endpoint: null,
  last_benchmark: null,
  last_seen_at: null,
  troubles: { tunnel: null, measurement: null },
} as unknown as NodeSummary;

export const limitedNode = {
  ...nodeA,
  node_id: 'node-l',
  declining: true,
  limits: [
    { cause: 'declining', bits_per_second: 2_000_000 },
    { cause: 'probation', bits_per_second: 5_000_000 },
    { cause: 'class', bits_per_second: 8_000_000 },
  ],
  probation_until_epoch: 12,
  last_benchmark: nodeA.last_benchmark && { ...nodeA.last_benchmark, overall: 0.74 },
} as unknown as NodeSummary;

/** Every kind of harmful text that a node or a broken controller could send. */
export const HOSTILE = '\u001b[2J\u009b31m\r\nnode-z  active\u202e\u0007 ok';

export const logPage: LogPage = {
  size: 250,
  root_hash: 'AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=',
  next: 250,
  entries: [
    {
      index: 248,
      entry: {
        v: 1,
        mesh_id: 'demo',
        index: 248,
        at: '2026-01-05T12:34:50.123Z',
        type: 'node_denied',
        node_id: 'node-c',
        epoch_id: 7,
        data: { reason_code: 'below_threshold' },
        details: 'sha256:00',
        revealed: { reason: { overall: 0.4 } },
      },
    },
    {
      index: 249,
      entry: {
        v: 1,
        mesh_id: 'demo',
        index: 249,
        at: '2026-01-05T12:35:00.000Z',
        type: 'epoch_opened',
        data: {},
      },
    },
  ],
};

export const detailOfA: NodeDetail = {
  ...nodeA,
  identity_key: 'CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=',
  wg_public_keys: { a: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=' },
  pairs: [
    {
      node_id: 'node-b',
      epoch_here: 7,
      epoch_there: 7,
      handshake_age_ms: 12_000,
      suspicion: null,
      limit_bits_per_second: 5_000_000,
    },
    {
      node_id: 'node-c',
      epoch_here: 7,
      epoch_there: null,
      handshake_age_ms: null,
      suspicion: 'psk_mismatch',
      limit_bits_per_second: null,
    },
  ],
  log: logPage.entries,
};

export const epochAnswer: EpochStatus = {
  epoch_id: 7,
  expiry_utc: '2026-01-05T12:36:00.000Z',
  secret_hash: `sha256:${'ab'.repeat(32)}`,
  server_time_ms: 1_767_616_490_456,
  nodes: {
    'node-a': { membership: 'ALLOWED', reason: 'overall 0.92 meets 0.70', reason_code: 'ok' },
    'node-c': { membership: 'DENIED', reason: 'overall 0.40 is below 0.70', reason_code: 'below_threshold' },
  },
};

export const failingNode: NodeSummary = {
  ...nodeA,
  node_id: parseNodeId('node-f'),
  troubles: {
    tunnel: { since: '2026-01-05T12:00:00.000Z', code: 'interface_taken', reason: 'mesh0 is a bridge' },
    measurement: { since: '2026-01-05T12:30:00.000Z', code: 'unanswered', reason: '24 of 24 unanswered' },
  },
};
