// What a mesh of the lab is made of.

import type { Fault } from '../faults/faults.ts';
import type { MeshHost } from './mesh-process.ts';

export interface MeshOptions<Name extends string> {
  readonly controllerHost: MeshHost;
  readonly hosts: Readonly<Record<Name, MeshHost>>;
  /** A separate folder: databases, keys, logs. */
  readonly workDir: string;
  readonly epochSeconds: number;
  readonly benchmarkSeconds: number;
  /**
   * The nodes that ask a chat service of their own, whose behaviour can change. Default: all of them. A
   * command always gives the others a good score, which costs far less CPU time.
   */
  readonly services?: readonly Name[];
  readonly tunnel: 'userspace' | 'dry-run';
  readonly maxBenchmarkAgeSeconds?: number;
  readonly leaseSeconds?: number;
  /** The error of a node's clock, in milliseconds. */
  readonly clockErrorMs?: Partial<Readonly<Record<Name, number>>>;
  /** Overrides the default scoring policy. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** More settings of the controller: limits, groups, … */
  readonly controllerSettings?: Readonly<Record<string, unknown>>;
  /** More settings for single nodes' agents. */
  readonly agentSettings?: Partial<Readonly<Record<Name, Readonly<Record<string, unknown>>>>>;
  /** Mechanisms to switch off, to show that their claims fail without them. */
  readonly faults?: {
    readonly agents?: Partial<Readonly<Record<Name, readonly Fault[]>>>;
    readonly controller?: readonly Fault[];
  };
  /** The class that a node enrols into. */
  readonly classes?: Partial<Readonly<Record<Name, string>>>;
  readonly ports?: { readonly nodes: number; readonly public: number };
}
