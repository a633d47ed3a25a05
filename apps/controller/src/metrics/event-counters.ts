// Counts what the journal commits: results, and changes of nodes' standing. The labels have few values each,
// so the number of series does not grow with the mesh.

import type { MeshEvent, RefusalCount } from '@mesh/membership';
import { Counter, type Registry } from 'prom-client';

/** What each event that changes a node's standing is called. */
const CHANGES = {
  node_enrolled: 'enrolled',
  node_admitted: 'admitted',
  node_denied: 'denied',
  node_declining: 'declining',
  node_recovered: 'recovered',
  probation_began: 'probation',
  node_held: 'held',
  hold_released: 'hold_released',
  hold_ended: 'hold_ended',
  node_quarantined: 'quarantined',
  node_released: 'released',
  node_revoked: 'revoked',
  node_left: 'left',
  node_deleted: 'deleted',
} as const satisfies Partial<Record<MeshEvent['type'], string>>;

export class EventCounters {
  readonly #submissions: Counter<'result'>;
  readonly #changes: Counter<'change' | 'reason'>;
  readonly #brakes: Counter;

  /** Every result has a series from the start, so that a rate over a restart is right. */
  constructor(registry: Registry) {
    const registers = [registry];
    this.#submissions = new Counter({
      name: 'mesh_benchmark_submissions_total',
      help: 'Signed benchmarks of nodes. Refused ones of a node are counted with its entries, one a minute',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['accepted', 'refused']) this.#submissions.inc({ result }, 0);
    this.#changes = new Counter({
      name: 'mesh_membership_changes_total',
      help: 'Changes of the standing of nodes, with the code of the reason where a decision was taken',
      labelNames: ['change', 'reason'],
      registers,
    });
    this.#brakes = new Counter({
      name: 'mesh_brake_engaged_total',
      help: 'How often the safety brake has stopped one cause from cutting more nodes',
      registers,
    });
  }

  onCommit(events: readonly MeshEvent[]): void {
    for (const event of events) this.#count(event);
  }

  #count(event: MeshEvent): void {
    if (event.type === 'benchmark_accepted') this.#submissions.inc({ result: 'accepted' });
    else if (event.type === 'message_rejected') this.#refused([{ ...event, count: 1 }]);
    else if (event.type === 'messages_rejected') this.#refused(event.refusals);
    else if (event.type === 'brake_engaged') this.#brakes.inc();
    else if (isChange(event))
      this.#changes.inc({
        change: CHANGES[event.type],
        reason: 'reason' in event ? event.reason.code : '',
      });
  }

  #refused(refusals: readonly Pick<RefusalCount, 'kind' | 'count'>[]): void {
    for (const { kind, count } of refusals)
      if (kind === 'benchmark') this.#submissions.inc({ result: 'refused' }, count);
  }
}

type Change = Extract<MeshEvent, { readonly type: keyof typeof CHANGES }>;

const isChange = (event: MeshEvent): event is Change => event.type in CHANGES;
