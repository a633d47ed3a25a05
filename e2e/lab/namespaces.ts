// A lab: several hosts on this one machine, each in its own namespaces, joined by a bridge. A lab consists
// only of processes, with no names in /run/netns and no links on the machine, so ending the processes ends
// all of it.
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { LabError } from './lab-error.ts';
import { endGently, killNow, labMark, processesIn, sweepAbandoned } from './lab-processes.ts';
import { type ExecOptions, type ExecResult, NodeNamespace } from './node-namespace.ts';
import { ENTERED, type LabMode, probeLab } from './probe-lab.ts';
import { buildUnderlay, type CutOptions, cutUnderlay, healUnderlay } from './underlay.ts';

export interface LabOptions<Name extends string> {
  /**
   * Marks this lab's processes. Leftovers of an earlier run with the same prefix and a dead owner are swept.
   */
  prefix: string;
  /**
   * Host names, 1-11 characters of a-z, 0-9 and `-`. They get the subnet's addresses .1, .2, … in this order.
   */
  nodes: readonly Name[];
  /** IPv4 /24 of the underlay. Default 10.77.0.0/24. */
  subnet?: string;
  /** What `probeLab` found. If absent, the probe is made here. */
  mode?: LabMode;
  /**
   * Whether SIGINT, SIGTERM and SIGHUP sweep the lab at once. Default true. With false, the caller listens to
   * them and calls `destroy`.
   */
  sweepOnSignal?: boolean;
}

export interface LabNode {
  readonly name: string;
  /** Address on the underlay, without prefix length. */
  readonly address: string;
  /** `nsenter -t PID -n -m` is a shell on this host. */
  readonly pid: number;
  exec(command: string, args?: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /**
   * The child's process id is the command's own, so signals reach it, even `process.kill(pid, 'SIGSTOP')`.
   */
  spawn(command: string, args?: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Every process that runs on this host now, daemons included. */
  processes(): number[];
}

export interface Lab<Name extends string = string> {
  readonly mode: LabMode;
  readonly prefix: string;
  readonly nodes: readonly Name[];
  /** @throws LabError `unknown_node`. */
  node(name: Name): LabNode;
  /** Between the hosts: all their packets pass here, and none of them can see or change anything. */
  readonly underlay: Pick<LabNode, 'exec' | 'spawn'>;
  cut(name: Name, options?: CutOptions<Name>): Promise<void>;
  /** Undoes every cut of this host; with `from`, only the cut of that path. */
  heal(name: Name, options?: { from?: Name }): Promise<void>;
  /** Ends every process in the lab and with them its namespaces and links. May be called again. */
  destroy(): Promise<void>;
}

const openLabs = new Set<() => void>();

/**
 * Builds a lab. It is swept when this process exits, is interrupted or is killed (even by SIGKILL: the hosts'
 * holders notice). Without root, call `enterLab()` first.
 * @throws LabError `unavailable` with what is missing and how to get it; `bad_option`.
 */
export async function createLab<const Name extends string>(options: LabOptions<Name>): Promise<Lab<Name>> {
  const { prefix, nodes } = options;
  checkNames(prefix, nodes);
  const addressOf = addressPlan(options.subnet ?? '10.77.0.0/24', nodes.length);
  const mode = options.mode ?? usableMode();
  sweepAbandoned(prefix);

  const mark = labMark(prefix);
  const held: NodeNamespace[] = [];
  const inside = () => processesIn(new Set(held.map((host) => host.networkNamespace)));
  const sweep = () => killNow(inside);
  openLabs.add(sweep);
  sweepAtExit();
  if (options.sweepOnSignal !== false) sweepOnSignals();

  const destroy = async () => {
    const holders = new Set(held.map((host) => host.pid));
    await endGently(() => inside().filter((pid) => !holders.has(pid)));
    await Promise.all(held.map((host) => host.close()));
    held.length = 0;
    openLabs.delete(sweep);
  };

  try {
    const opened = await Promise.allSettled(
      ['(bridge)', ...nodes].map(async (name) => {
        const host = await NodeNamespace.open(name, mark);
        held.push(host);
        return host;
      }),
    );
    const [bridge, ...hosts] = opened.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    if (bridge === undefined) throw new LabError('unavailable', 'the bridge has no namespace');
    await buildUnderlay(
      bridge,
      hosts,
      hosts.map((_, index) => `${addressOf(index)}/24`),
    );

    const byName = new Map(hosts.map((host, index) => [host.name, labNode(host, addressOf(index))]));
    const alive = () => {
      if (held.length === 0)
        throw new LabError('ended', `lab ${prefix} has been destroyed: create a new one`);
    };
    const node = (name: Name): LabNode => {
      alive();
      const found = byName.get(name);
      if (found === undefined) {
        throw new LabError('unknown_node', `no host ${name} in lab ${prefix}: it has ${nodes.join(', ')}`);
      }
      return found;
    };
    return {
      mode,
      prefix,
      nodes,
      node,
      underlay: bridge,
      destroy,
      async cut(name, cutOptions = {}) {
        node(name);
        if (cutOptions.from !== undefined) node(cutOptions.from);
        await cutUnderlay(bridge, name, cutOptions);
      },
      async heal(name, { from } = {}) {
        node(name);
        const others = nodes.filter((other) => other !== name);
        await healUnderlay(bridge, name, others, from);
      },
    };
  } catch (error) {
    await destroy();
    throw error;
  }
}

function labNode(host: NodeNamespace, address: string): LabNode {
  return {
    name: host.name,
    address,
    pid: host.pid,
    exec: (command, args, options) => host.exec(command, args, options),
    spawn: (command, args, options) => host.spawn(command, args, options),
    processes: () => processesIn(new Set([host.networkNamespace])).filter((pid) => pid !== host.pid),
  };
}

function usableMode(): LabMode {
  const probe = probeLab();
  if (probe.mode === 'none')
    throw new LabError('unavailable', describeMissing(probe.missing, probe.remedies));
  if (probe.mode === 'rootless' && process.env[ENTERED] !== '1') {
    throw new LabError('unavailable', 'without root a lab needs user namespaces: call enterLab() first');
  }
  return probe.mode;
}

/** One message about everything that is missing, each with its remedy. */
export function describeMissing(missing: readonly string[], remedies: readonly string[]): string {
  return [
    'WireGuard cannot run here:',
    ...missing.map((item, index) => `- ${item}: ${remedies[index]}`),
  ].join('\n');
}

function checkNames(prefix: string, nodes: readonly string[]): void {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(prefix)) {
    throw new LabError(
      'bad_option',
      `lab prefix ${JSON.stringify(prefix)}: use a-z, 0-9 and -, at most 31 characters`,
    );
  }
  const wrong = nodes.find((name) => !/^[a-z0-9][a-z0-9-]{0,10}$/.test(name));
  if (wrong !== undefined) {
    throw new LabError(
      'bad_option',
      `host name ${JSON.stringify(wrong)}: use a-z, 0-9 and -, at most 11 characters`,
    );
  }
  if (new Set(nodes).size !== nodes.length || nodes.length === 0) {
    throw new LabError('bad_option', 'a lab needs at least one host, and every host its own name');
  }
}

function addressPlan(subnet: string, count: number): (index: number) => string {
  const base = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(subnet)?.[1];
  if (base?.split('.').some((part) => Number(part) > 255) !== false) {
    throw new LabError(
      'bad_option',
      `subnet ${JSON.stringify(subnet)}: give an IPv4 /24 such as 10.77.0.0/24`,
    );
  }
  if (count > 254) throw new LabError('bad_option', `${count} hosts do not fit into ${subnet}: at most 254`);
  return (index) => `${base}.${index + 1}`;
}

let sweepsAtExit = false;
let sweepsOnSignals = false;

function sweepAll(): void {
  for (const sweep of openLabs) sweep();
  openLabs.clear();
}

/** Sweeps labs that are still open when this process ends. */
function sweepAtExit(): void {
  if (sweepsAtExit) return;
  sweepsAtExit = true;
  process.once('exit', sweepAll);
}

/** Sweeps all labs when a signal comes, which then takes its usual course. */
function sweepOnSignals(): void {
  if (sweepsOnSignals) return;
  sweepsOnSignals = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      sweepAll();
      // If somebody else listens, they decide what happens to this process. If not, the signal ends it as
      // usual.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
