// What receivers of alerts have taken: a series for each receiver, of which the configuration names a few.

import { Counter, Gauge, type Registry } from 'prom-client';

export interface ReceiverCounts {
  readonly name: string;
  readonly pending: number;
  readonly dropped: number;
  readonly delivered: number;
  readonly failures: number;
}

export function addAlertMetrics(registry: Registry, receivers: () => readonly ReceiverCounts[]): void {
  const registers = [registry];
  new Gauge({
    name: 'mesh_alerts_pending',
    help: 'Alerts that wait for a receiver',
    labelNames: ['receiver'],
    registers,
    collect() {
      this.reset();
      for (const { name, pending } of receivers()) this.set({ receiver: name }, pending);
    },
  });
  new Counter({
    name: 'mesh_alerts_total',
    help: 'Tries to tell a receiver of an alert since the start, and alerts that were dropped since it is set',
    labelNames: ['receiver', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { name, delivered, failures, dropped } of receivers()) {
        this.inc({ receiver: name, outcome: 'delivered' }, delivered);
        this.inc({ receiver: name, outcome: 'failed' }, failures);
        this.inc({ receiver: name, outcome: 'dropped' }, dropped);
      }
    },
  });
}
