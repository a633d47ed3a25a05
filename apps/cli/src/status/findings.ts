// What needs the attention of an operator: one finding for each cause, the worst first, with what to do.

import type { NodeSummary } from '@mesh/protocol';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { isInState, type NodeState } from './node-counts.ts';

export interface Finding {
  readonly code: string;
  /** `bad`: something does not work, or traffic is cut. `unsure`: it may come to that. */
  readonly severity: 'bad' | 'unsure';
  readonly text: string;
  /** A command, or what to look at. */
  readonly next: string;
}

/** The controller opens an epoch before the last one ends. Timers may be late by a little. */
const LATE_EPOCH_MS = 5_000;
/** As many names as fit a line. */
const NAMED = 5;

export function findingsOf(snapshot: MeshSnapshot): Finding[] {
  const all = [...ofController(snapshot), ...ofNodes(snapshot)];
  return [
    ...all.filter(({ severity }) => severity === 'bad'),
    ...all.filter(({ severity }) => severity !== 'bad'),
  ];
}

function* ofController({ health, epoch, nowMs, brake }: MeshSnapshot): Iterable<Finding> {
  const lateMs = nowMs - Date.parse(epoch.expiry_utc);
  if (lateMs > LATE_EPOCH_MS)
    yield {
      code: 'epoch_overdue',
      severity: 'bad',
      text: `epoch ${epoch.epoch_id} should have ended at ${epoch.expiry_utc}: keys do not change`,
      next: "the controller's log says why",
    };
  if (brake.held.length > 0)
    yield {
      code: 'brake_holds',
      severity: 'bad',
      text: `the brake holds ${someOf(brake.held.map(({ node_id: id }) => id))} in, which the policy denies`,
      next: 'meshctl brake status',
    };
  if (typeof health.flood_since === 'string')
    yield {
      code: 'flood',
      severity: 'bad',
      text: `the doors have been refusing a flood since ${health.flood_since}`,
      next: "the controller's log names the busiest sources: block them",
    };
  const failing = health.alerts?.failing ?? [];
  if (failing.length > 0)
    yield {
      code: 'alerts_failing',
      severity: 'unsure',
      text: `these receivers take no alerts: ${someOf(failing.map(({ name }) => name))}`,
      next: 'meshctl alerts list says why',
    };
  const { log } = health;
  if (log === undefined) return;
  if (log.refused_by.length > 0)
    yield {
      code: 'log_refused',
      severity: 'bad',
      text: `the log is refused by ${someOf(log.refused_by)}`,
      next: 'mesh-agent status on such a node says what contradicts',
    };
  if (log.published_size < log.offered_size)
    yield {
      code: 'log_unpublished',
      severity: 'unsure',
      text: `the head of ${log.offered_size} entries is not published: ${log.member_cosignatures} of ${log.required_member_cosignatures} members have cosigned it`,
      next: 'meshctl nodes list: members that are not there cosign nothing',
    };
}

/** What nodes can be in, and the finding that it makes. */
const BY_STATE: readonly (readonly [NodeState, Finding['severity'], (who: string) => string, string])[] = [
  ['cut', 'bad', (who) => `cut off by the policy: ${who}`, 'meshctl why NODE'],
  [
    'unreachable',
    'bad',
    (who) => `not heard, or with a failing tunnel: ${who}`,
    'mesh-agent status on the node',
  ],
  ['declining', 'unsure', (who) => `declining, and cut next if that goes on: ${who}`, 'meshctl why NODE'],
  ['pending', 'unsure', (who) => `waiting for approval: ${who}`, 'meshctl nodes approve NODE --reason TEXT'],
];

function* ofNodes({ nodes, nowMs }: MeshSnapshot): Iterable<Finding> {
  for (const [state, severity, text, next] of BY_STATE) {
    const those = nodes.filter((node) => isInState(node, state, nowMs));
    if (those.length > 0) yield { code: `nodes_${state}`, severity, text: text(namesOf(those)), next };
  }
  const troubled = nodes.filter(({ troubles: { tunnel, measurement } }) => tunnel ?? measurement);
  if (troubled.length > 0)
    yield {
      code: 'nodes_in_trouble',
      severity: 'unsure',
      text: `their tunnel or their measuring fails, as they say: ${namesOf(troubled)}`,
      next: 'meshctl nodes show NODE',
    };
}

const namesOf = (nodes: readonly NodeSummary[]): string => someOf(nodes.map(({ node_id: id }) => id));

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
