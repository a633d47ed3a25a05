// The victim's agent is killed, its lease ends, it comes back and goes down. Meanwhile the attackers try
// every way around the mesh.

import { until } from '@mesh/e2e';
import { addOperatorsTable, leftAfterDown } from '../../left-after-down.ts';
import { untilMs } from '../../traffic.ts';
import { AROUND, type Attempt, type Siege } from './attempts.ts';

type Round = (name: string, attempts: readonly Attempt[]) => Promise<void>;

/** The lease of 12 s, its renewal in thirds, and a reserve. */
const LEASE_OVER_MS = 18_000;

export async function withoutAgent(
  siege: Siege,
  round: Round,
): Promise<{ readonly rounds: number; readonly leftAfterDown: readonly string[] }> {
  const victim = siege.mesh.node('victim');
  await victim.agent.kill();
  const killedMs = Date.now();
  await round('agent killed', AROUND);
  await untilMs('the end of the lease', killedMs + LEASE_OVER_MS);
  await round('lease ended', AROUND);
  await victim.restartAgent();
  await victim.agent.says('agent started');
  await round('agent started again', AROUND);
  await siege.end();
  const host = siege.host('victim');
  await addOperatorsTable(host);
  const left = await leftAfterDown(victim, host);
  await until('the address is gone', 10_000, async () => {
    const { stdout } = await host.exec('ip', ['address']);
    return stdout.includes(`${siege.overlay.victim[4]}/`) ? undefined : true;
  });
  return { rounds: 3, leftAfterDown: left };
}
