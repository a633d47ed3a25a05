// What the HTTP side may use, made once by compose.ts.

import type { Clock, Logger, Timers } from '@mesh/host';
import type {
  AppliedReports,
  EpochRecord,
  InstanceConflicts,
  MeshView,
  NodeRecord,
  PairLimits,
  Standing,
} from '@mesh/membership';
import type { MeshId } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { ControllerConfig } from './config.ts';
import type { Challenges } from './epochs/challenges.ts';
import type { EpochRunner } from './epochs/epoch-runner.ts';
import type { AddressRateLimit } from './http/limits.ts';
import type { Judge } from './judge.ts';
import type { ConfigAnswers } from './publish/config-answer.ts';
import type { Leases } from './publish/leases.ts';
import type { MaintenanceWatch } from './publish/maintenance-watch.ts';
import type { Presence } from './publish/presence.ts';
import type { Publication } from './publish/publication.ts';
import type { Waiters } from './publish/waiters.ts';
import type { LogRow } from './store/log-writer.ts';
import type { SqliteJournal } from './store/sqlite-journal.ts';
import type { AddressPool } from './trust/address-pool.ts';
import type { ControllerKeys } from './trust/controller-keys.ts';
import type { EnrolmentChallenges } from './trust/enrolment-challenges.ts';
import type { SignatureVerifier } from './trust/verify-signature.ts';

export interface Services {
  readonly meshId: MeshId;
  readonly config: ControllerConfig;
  readonly policy: () => Policy;
  readonly view: MeshView;
  readonly judge: Judge;
  readonly journal: SqliteJournal;
  readonly publication: Publication;
  readonly answers: ConfigAnswers;
  readonly waiters: Waiters;
  readonly leases: Leases;
  readonly maintenance: MaintenanceWatch;
  /** How enrolled nodes reach the nodes listener; known once it is open. */
  readonly nodesUrl: () => string;
  readonly presence: Presence;
  readonly applied: AppliedReports;
  readonly instances: InstanceConflicts;
  readonly standing: (node: NodeRecord) => Standing;
  readonly pairLimits: PairLimits;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly epochs: EpochRunner;
  readonly challenges: Challenges;
  readonly keys: ControllerKeys;
  readonly enrolments: EnrolmentChallenges;
  readonly addresses: AddressPool;
  readonly signatures: SignatureVerifier;
  readonly addressRateLimit: AddressRateLimit;
  readonly readLog: (query: { from?: number; limit: number; nodeId?: string }) => LogRow[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
}
