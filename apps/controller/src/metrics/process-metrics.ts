// What the process itself uses. Read when asked, so it costs nothing between two questions.

import { Counter, Gauge, type Registry } from 'prom-client';

/** The names are those of Prometheus's own clients. */
export function addProcessMetrics(registry: Registry, version: string): void {
  const registers = [registry];
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, seconds since the Unix epoch',
    registers,
  }).set(Math.round(Date.now() / 1_000 - process.uptime()));
  new Gauge({
    name: 'mesh_build_info',
    help: 'The version, as a label; the value is 1',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
}
