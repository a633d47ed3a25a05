// An agent that is killed and comes back before its lease ends, however soon that is, loses no packet: it
// adopts the interface and knows how long its lease still lasts. It is killed when little of the lease is
// left, just before the next renewal. Afterwards `down` leaves nothing.

import { type MeshNode, startMeters, until } from '@mesh/e2e';
import { type AgentAnswer, askAgent } from '../../ask-agent.ts';
import { addOperatorsTable, leftAfterDown } from '../../left-after-down.ts';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { lossIn, untilFlowing, untilMs } from '../../traffic.ts';

const PAIR = ['one', 'other'] as const;
type Name = (typeof PAIR)[number];
const LEASE_MS = 12_000;
/** What is left of the lease shortly before a renewal: a query waits for a third of the lease. */
const LITTLE_MS = 8_600;
/** The times without an agent. */
const PAUSES_MS = [0, 1_000, 2_500];

export function restartAgent(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    PAIR,
    // Long epochs, so that only the queries renew the lease.
    { epochSeconds: 60, benchmarkSeconds: 20, maxBenchmarkAgeSeconds: 900, leaseSeconds: LEASE_MS / 1_000 },
    async (mesh, lab) => {
      const node = mesh.node('one');
      await addOperatorsTable(lab.node('one'));
      const meters = await startMeters(lab, { addresses: addressesOf(mesh, PAIR) });
      await untilFlowing('the pair', meters.all);
      const fromMs = Date.now();
      const restarts: { lease_left_ms: number; guard_left_ms: number; back_after_ms: number }[] = [];
      // Without a mechanism one restart is enough.
      for (const pauseMs of run.without === undefined ? PAUSES_MS : PAUSES_MS.slice(0, 1)) {
        const before = await untilLittleIsLeft(node);
        const killedMs = Date.now();
        await node.agent.kill();
        await untilMs('a while', killedMs + pauseMs);
        await node.restartAgent();
        await until('the guard is taken over', 60_000, async () =>
          (await askAgent(node))?.guard.state === 'applied' ? true : undefined,
        );
        restarts.push({
          lease_left_ms: before.lease_left_ms,
          guard_left_ms: before.guard.ends_in_ms ?? 0,
          back_after_ms: Date.now() - killedMs,
        });
        run.say(JSON.stringify(restarts.at(-1)));
      }
      const { sent, lost, longest_gap_ms } = await lossIn(meters.all, fromMs, Date.now());
      await meters.stop();
      const left = await leftAfterDown(node, lab.node('one'));
      const backInTime = restarts.every(({ back_after_ms, lease_left_ms }) => back_after_ms < lease_left_ms);
      return {
        ok: backInTime && sent > 0 && lost === 0 && left.length === 0,
        measured: { lease_ms: LEASE_MS, restarts, sent, lost, longest_gap_ms, left_after_down: left },
      };
    },
  );
}

function untilLittleIsLeft(node: MeshNode): Promise<AgentAnswer> {
  return until('the time before a renewal', 60_000, async () => {
    const answer = await askAgent(node);
    return answer !== undefined && answer.guard.state === 'applied' && answer.lease_left_ms < LITTLE_MS
      ? answer
      : undefined;
  });
}
