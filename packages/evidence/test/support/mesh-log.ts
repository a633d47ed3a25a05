// A log as a controller keeps it, in memory, which a test can make dishonest before it is signed.

import {
  type AuditEntry,
  commitDetails,
  ed25519SigningKey,
  type JsonObject,
  leafHash,
  mlDsa44SigningKey,
  proveConsistency,
  proveInclusion,
  type ReadSubtree,
  rangeRoot,
  renderCheckpoint,
  renderEntry,
  renderNote,
  type SigningKey,
  signCheckpoint,
  subtreesOver,
} from '@mesh/audit';
import {
  canonicalJson,
  ed25519PublicKey,
  encodeBase64,
  formatRfc3339,
  type JsonValue,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { signMessage } from '@mesh/protocol';
import { decideMesh, nextWatch, type Policy, parsePolicy } from '@mesh/scoring';
import {
  hashTelling,
  type JudgedState,
  type ProofFile,
  type ProofTrust,
  type ProvenEntry,
  type ProvenTold,
  renderJudgedState,
  type Telling,
  TOLD_TYPE,
  toldLeaf,
} from '../../src/index.ts';
import { evidenceFrom, type JudgedResult } from '../../src/judged-state.ts';

export const MESH = parseMeshId('lab');
export const NODE = parseNodeId('node-a');
export const NOON = Date.UTC(2030, 0, 1, 12);
const ORIGIN = 'log.example/lab';
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
export const IDENTITY = seed(7);

export const logKey = ed25519SigningKey(ORIGIN, 'ed25519', seed(1));
export const logKeyWithTime = mlDsa44SigningKey(ORIGIN, seed(2));
export const witnesses = [3, 4].map((n) =>
  ed25519SigningKey(`witness.example/${n}`, 'ed25519-cosignature', seed(n)),
);
export const trust: ProofTrust = {
  origin: ORIGIN,
  logKeys: [logKey.key, logKeyWithTime.key],
  witnessKeys: witnesses.map(({ key }) => key),
  required: 0,
};

export const policy: Policy = parsePolicy({ threshold: 0.7, floors: { refusal: 0.5 } });

interface Draft {
  entry: Omit<AuditEntry, 'index' | 'detailsCommitment'>;
  details?: JsonObject;
}

/** Entries that wait for their places. */
export class MeshLog {
  readonly drafts: Draft[] = [];
  readonly policy: Policy;

  constructor(used: Policy = policy) {
    this.policy = used;
  }

  add(type: string, data: JsonObject, rest: Partial<Draft['entry']> & { details?: JsonObject } = {}): number {
    const { details, ...entry } = rest;
    const atMs = entry.atMs ?? this.lastMs() + 1_000;
    this.drafts.push({ entry: { meshId: MESH, type, data, ...entry, atMs }, ...(details && { details }) });
    return this.drafts.length - 1;
  }

  lastMs(): number {
    return this.drafts.at(-1)?.entry.atMs ?? NOON;
  }

  /** The bytes of the entries, as they are in the tree. */
  entries(): { bytes: Uint8Array; salt?: Uint8Array; details?: JsonObject }[] {
    return this.drafts.map(({ entry, details }, index) => {
      const salt = seed(100 + index);
      if (details === undefined) return { bytes: renderEntry({ ...entry, index }) };
      const detailsCommitment = commitDetails(salt, details);
      return { bytes: renderEntry({ ...entry, index, detailsCommitment }), salt, details };
    });
  }
}

/** The tree over the entries of a log, and its signed heads. */
export class MeshTree {
  readonly entries: ReturnType<MeshLog['entries']>;
  readonly #read: ReadSubtree;

  constructor(log: MeshLog) {
    this.entries = log.entries();
    this.#read = subtreesOver((index) => leafHash(this.entries[index]?.bytes as Uint8Array));
  }

  head(
    size = this.entries.length,
    timeMs = NOON + 3_600_000,
    keys: readonly SigningKey[] = [logKey, logKeyWithTime],
  ): string {
    const root = rangeRoot(0, size, this.#read);
    const text = renderCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    const signatures = keys.map((key) => signCheckpoint(key, text, Math.floor(timeMs / 1_000)));
    return renderNote({ text, signatures });
  }

  proven(index: number, size = this.entries.length): ProvenEntry {
    const { bytes, salt, details } = this.entries[index] as (typeof this.entries)[number];
    return {
      index,
      entry: Buffer.from(bytes).toString(),
      path: proveInclusion(index, size, this.#read),
      ...(salt !== undefined && details !== undefined ? { opened: { salt, details: details as never } } : {}),
    };
  }

  linkTo(size: number): ProofFile['extends'] {
    return { size, path: proveConsistency(size, this.entries.length, this.#read) };
  }

  /** What entry `index` shows of the tellings that `addTold` has put there. */
  told(index: number, tellings: readonly Telling[]): ProvenTold {
    const { index: at, entry, path } = this.proven(index);
    return { ...{ index: at, entry, path, tellings: [...tellings] }, salt: seed(9), place: 0, leaf_path: [] };
  }

  file(decision: number, message: string | undefined, changes: Partial<ProofFile> = {}): ProofFile {
    const grounds = this.entries.map((_, index) => index).filter((index) => index <= decision);
    return {
      meshId: MESH,
      nodeId: NODE,
      checkpoint: this.head(),
      decision,
      entries: grounds.map((index) => this.proven(index)),
      ...(message === undefined ? {} : { message }),
      ...changes,
    };
  }
}

/** The text of a benchmark of the node, as it was received. */
export function signedBenchmark(
  scores: Record<string, number>,
  atMs: number,
  sequence = 1,
  key: Uint8Array = IDENTITY,
  samples?: Record<string, number>,
): string {
  const body = {
    mesh_id: MESH,
    node_id: NODE,
    timestamp: formatRfc3339(atMs),
    sent_at: formatRfc3339(atMs),
    suite_version: 'suite-1',
    sequence,
    instance_id: 'instance-1',
    scores,
    ...(samples === undefined ? {} : { samples }),
  };
  return JSON.stringify(signMessage('benchmark', body, key));
}

export interface Story {
  readonly log: MeshLog;
  readonly result: number;
  readonly decision: number;
  readonly message: string;
}

/** A node is enrolled, and admitted for a good result. */
export function admissionStory(
  used: Policy = policy,
  scores: Record<string, number> = { overall: 0.9, refusal: 0.9 },
  samples?: Record<string, number>,
): { readonly log: MeshLog; readonly good: ReturnType<typeof addResult> } {
  const log = new MeshLog(used);
  addPolicy(log);
  addEnrolment(log);
  const good = addResult(log, scores, undefined, samples);
  addDecision(log, good.index, { membership: 'never' });
  return { log, good };
}

/** A node is enrolled and admitted, and then cut for its score. */
export function denialStory(score = 0.4): Story {
  const { log, good } = admissionStory();
  const { index: result, message } = addResult(log, { overall: score, refusal: 0.9 }, good.result);
  const decision = addDecision(log, result, {});
  return { log, result, decision, message };
}

/**
 * An entry about what the node was told, alone.
 *
 * @param atMs when it was recorded; by default a second later
 */
export function addTold(
  log: MeshLog,
  tellings: readonly Telling[],
  atMs: number = log.lastMs() + 1_000,
): number {
  const told = tellings.map((telling) => hashTelling(telling));
  const leaf = toldLeaf({ nodeId: NODE, epochId: parseEpochId(1), salt: seed(9), told });
  return log.add(TOLD_TYPE, { nodes: 1, root: encodeBase64(leaf) }, { epochId: parseEpochId(1), atMs });
}

export function addPolicy(log: MeshLog): void {
  const text = canonicalJson(JSON.parse(JSON.stringify(log.policy)) as JsonValue);
  const hash = toHex(portableSha256(utf8(text)));
  log.add('policy_changed', { version: 1, policy_sha256: hash, policy: JSON.parse(text) as JsonValue });
  log.add('policy_applied', { version: 1 });
}

export function addEnrolment(log: MeshLog): void {
  const identity = encodeBase64(ed25519PublicKey(IDENTITY));
  log.add('node_enrolled', { class: 'default', identity_key: identity }, { nodeId: NODE });
}

const results = new WeakMap<MeshLog, Map<number, JudgedResult>>();

export function addResult(
  log: MeshLog,
  scores: Record<string, number>,
  before?: JudgedResult,
  samples?: Record<string, number>,
): { index: number; message: string; result: JudgedResult } {
  const atMs = log.lastMs() + 20_000;
  const message = signedBenchmark(scores, atMs, atMs, IDENTITY, samples);
  const benchmark = {
    scores,
    measuredBy: 'self',
    measuredAtMs: atMs,
    arrivedAtMs: atMs,
    ...(samples && { samples }),
  };
  const watch = nextWatch(log.policy, before?.watch, benchmark);
  const index = log.add(
    'benchmark_accepted',
    { message_sha256: toHex(portableSha256(utf8(message))), sequence: atMs },
    {
      nodeId: NODE,
      atMs,
      details: {
        scores,
        samples: samples ?? null,
        measured_by: 'self',
        suite_version: 'suite-1',
        measured_at: formatRfc3339(atMs),
        arrived_at: formatRfc3339(atMs),
        ...(watch === undefined
          ? {}
          : {
              watch: {
                measured_at: formatRfc3339(watch.measuredAtMs),
                arrived_at: formatRfc3339(watch.arrivedAtMs),
                metrics: JSON.parse(JSON.stringify(watch.metrics)) as JsonValue,
              },
            }),
      },
    },
  );
  const result: JudgedResult = { benchmark, watch };
  const known = results.get(log) ?? new Map();
  results.set(log, known.set(index, result));
  return { index, message, result };
}

/** What the policy decides on the result, as the controller logs it. */
export function addDecision(
  log: MeshLog,
  result: number,
  state: Partial<JudgedState>,
  changes: { data?: JsonObject; details?: JsonObject; type?: string } = {},
): number {
  const judged: JudgedState = {
    status: 'active',
    className: 'default',
    membership: 'admitted',
    result: 'counted',
    consecutiveGood: 1,
    consecutiveClear: 1,
    declining: false,
    stalenessWaived: false,
    ...state,
  };
  const atMs = log.lastMs();
  const evidence = evidenceFrom(judged, results.get(log)?.get(result));
  const { allowed, reason } = decideMesh({
    kind: 'freeze',
    policy: log.policy,
    nodes: [{ nodeId: NODE, evidence }],
    nowMs: atMs,
    stalenessWaived: judged.stalenessWaived,
  }).get(NODE) as { allowed: boolean; reason: { code: string } };
  return log.add(
    changes.type ?? (allowed ? 'node_admitted' : 'node_denied'),
    {
      reason_code: reason.code,
      actor: 'system',
      policy_version: 1,
      benchmark_index: result,
      ...changes.data,
    },
    {
      nodeId: NODE,
      atMs,
      epochId: parseEpochId(1),
      details: {
        reason: JSON.parse(JSON.stringify(reason)) as JsonValue,
        judged: renderJudgedState(judged),
        ...changes.details,
      },
    },
  );
}
