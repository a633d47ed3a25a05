// In strict rotation, an agent that is killed and comes back before it is needed loses no packet: in the
// middle of an epoch, before it has filled the next epoch's slot, and after that. Then a node is denied, and
// one goes down.

import { type MeshNode, startMeters, until } from '@mesh/e2e';
import { askAgent } from '../../ask-agent.ts';
import { addOperatorsTable, leftAfterDown } from '../../left-after-down.ts';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { lastArrivalMs, lossIn, untilFlowing, untilMs } from '../../traffic.ts';

const NODES = ['restarted', 'denied', 'bystander'] as const;
type Name = (typeof NODES)[number];
const EPOCH_MS = 20_000;
/** With a lead of half an epoch, slots are filled three quarters of the lead before the boundary. */
const FILL_MS = 7_500;
const SETTLED_MS = 3_000;
const DENIED_WITHIN_MS = 1_000;
/** How long before the boundary the agent is killed. */
const KILLED_BEFORE_MS = {
  in_the_middle: EPOCH_MS - SETTLED_MS,
  before_the_fill: FILL_MS + 1_500,
  after_the_fill: FILL_MS - 1_500,
};

export function restartAgent(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      epochSeconds: EPOCH_MS / 1_000,
      benchmarkSeconds: 10,
      maxBenchmarkAgeSeconds: 900,
      controllerSettings: { rotation: 'strict' },
    },
    async (mesh, lab) => {
      const node = mesh.node('restarted');
      await addOperatorsTable(lab.node('restarted'));
      const meters = await startMeters(lab, { addresses: addressesOf(mesh, NODES) });
      await untilFlowing('every pair', meters.all);
      const restarts: Record<
        string,
        { back_before_boundary_ms: number; lost: number; longest_gap_ms: number }
      > = {};
      // Without a mechanism one restart is enough.
      const times = Object.entries(KILLED_BEFORE_MS).slice(0, run.without === undefined ? undefined : 1);
      for (const [when, beforeMs] of times) {
        const boundaryMs = nextBoundaryMs(beforeMs);
        await untilMs(`the time ${when}`, boundaryMs - beforeMs);
        const fromMs = Date.now();
        await node.agent.kill();
        await node.restartAgent();
        await untilBack(node);
        const backMs = Date.now();
        await untilMs('the boundary', boundaryMs + SETTLED_MS);
        const { lost, longest_gap_ms } = await lossIn(meters.all, fromMs, boundaryMs + SETTLED_MS);
        restarts[when] = { back_before_boundary_ms: boundaryMs - backMs, lost, longest_gap_ms };
        run.say(`killed ${when}: ${JSON.stringify(restarts[when])}`);
      }

      const denied = meters.all.filter(({ from, to }) => from === 'denied' || to === 'denied');
      const others = meters.all.filter((meter) => !denied.includes(meter));
      const deniedMs = Date.now();
      await mesh.admin.quarantine('denied', 'strict scenario');
      await untilMs('the wire to be silent', deniedMs + DENIED_WITHIN_MS + 500);
      const lastPacketMs = Math.round(lastArrivalMs(denied) - deniedMs);
      const undisturbed = await lossIn(others, deniedMs, Date.now());
      await meters.stop();
      const left = await leftAfterDown(node, lab.node('restarted'));
      return {
        ok:
          Object.values(restarts).every(
            ({ back_before_boundary_ms, lost }) => back_before_boundary_ms > 0 && lost === 0,
          ) &&
          lastPacketMs < DENIED_WITHIN_MS &&
          undisturbed.lost === 0 &&
          left.length === 0,
        measured: {
          epoch_ms: EPOCH_MS,
          restarts,
          denial: { last_packet_after_ms: lastPacketMs, others: undisturbed },
          left_after_down: left,
        },
      };
    },
  );
}

/** Resolves when the agent has the keys of the epoch in force again. */
async function untilBack(node: MeshNode): Promise<void> {
  await until('the agent is back', 60_000, async () => {
    const answer = await askAgent(node);
    const knowsKeys = answer?.peers.length !== 0 && answer?.peers.every(({ epoch_id }) => epoch_id !== null);
    return answer?.guard.state === 'applied' && knowsKeys === true ? true : undefined;
  });
}

/** The next boundary that is at least this far ahead. */
function nextBoundaryMs(aheadMs: number): number {
  return Math.ceil((Date.now() + aheadMs) / EPOCH_MS) * EPOCH_MS;
}
