// The parts that a running agent gets from outside. compose.ts builds the real ones.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { Ed25519Verify } from '@mesh/primitives';
import type { AdvertisedEndpoint } from '@mesh/protocol';
import type { Aead, X25519 } from '@mesh/seal';
import type { HostRules } from '@mesh/wg-device';
import type { ControllerClock } from '../clock/controller-clock.ts';
import type { ControlHandlers } from '../control/control-server.ts';
import type { ExaminerParts } from '../exams/exam-ports.ts';
import type { EnrolmentStore } from '../identity/enrolment-store.ts';
import type { KeyRing } from '../identity/key-ring.ts';
import type { SequenceFile } from '../identity/sequence-file.ts';
import type { AgentInterfaces } from '../interfaces/agent-interfaces.ts';
import type { Journal } from '../journal/journal.ts';
import type { LeaseFile } from '../lease/lease-file.ts';
import type { LogWatchOptions } from '../log/log-watch.ts';
import type { MeasurementSource } from '../measure/result/measurement.ts';
import type { OnOverlap } from '../plan/route-overlaps.ts';
import type { MetricsPage } from '../status/agent-metrics.ts';
import type { ConnectNode } from '../uplink/channel/control-channel.ts';
import type { ToldFile } from '../uplink/config/told-file.ts';
import type { NextKeysStore } from '../uplink/keys/rotate-keys.ts';
import type { ReceiptFile } from '../uplink/submit/receipt-file.ts';
import type { Spool } from '../uplink/submit/spool.ts';

export interface AgentParts {
  readonly instanceId: string;
  readonly version: string;
  readonly pid: number;
  readonly keys: KeyRing;
  /** The files of keys that are to replace these. */
  readonly nextKeys: NextKeysStore;
  readonly enrolment: EnrolmentStore;
  readonly sequences: SequenceFile;
  readonly spool: Spool;
  readonly receiptFile: ReceiptFile;
  readonly toldFile: ToldFile;
  readonly leaseFile: LeaseFile;
  /** What is on disk of the controller's log. */
  readonly logFiles: LogFiles;
  readonly journal: Journal;
  readonly connect: ConnectNode;
  readonly interfaces: AgentInterfaces;
  readonly hostRules: HostRules;
  readonly tunnelKind: 'kernel' | 'userspace' | 'dry-run';
  /** Undefined if nothing is measured. Without measurements the node is not admitted. */
  readonly source: MeasurementSource | undefined;
  /** What this node examines others with. Undefined if it takes no exams. */
  readonly examiner: ExaminerParts | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly random: () => number;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly verify?: Ed25519Verify;
  readonly x25519: X25519;
  readonly aead: Aead;
  readonly logger: Logger;
  /** Opens the control socket. It is closed when the agent ends. */
  readonly serveControl: (handlers: ControlHandlers) => Promise<{ close(): void }>;
  /** Opens the port of the metrics, if one is set. It is closed when the agent ends. */
  readonly serveMetrics: (read: () => Promise<MetricsPage>) => Promise<{ close(): void } | undefined>;
  readonly options: AgentOptions;
}

export interface LogFiles extends Pick<LogWatchOptions, 'storeHead' | 'keepEvidence'> {
  /** The newest head that an earlier run has accepted. */
  readonly head: LogWatchOptions['held'];
}

export interface AgentOptions {
  readonly endpoint: AdvertisedEndpoint;
  readonly holdSeconds: number;
  readonly onOverlap: OnOverlap;
  readonly reconcileMs: number;
  readonly waitSeconds: number;
  readonly measureIntervalMs: number;
  readonly measureJitter: number;
  /** 0 switches probing off. */
  readonly probePort: number;
  readonly probeIntervalMs: number;
  /** Whether each peer has metrics of its own. */
  readonly metricsPerPeer: boolean;
}
