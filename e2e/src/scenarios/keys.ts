// A node's own keys, replaced while packets pass, with rotation in place: the tunnels move to slot b and
// back, and no packet is lost. Every node of the mesh does it, one after the other.

import { join } from 'node:path';
import { type Lab, type MeshNode, startMeters, until } from '@mesh/e2e';
import { createSocketFetch } from '@mesh/host';
import { addressesOf, inMesh, type Scenario } from '../scenario.ts';
import { lossIn, untilFlowing } from '../traffic.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 8;
const MOVES = 'apps/node-agent/src/plan/moved-pairs.ts';

export const keysScenario: Scenario = {
  about: 'with rotation in place a node replaces its keys, and no packet is lost',
  mechanisms: {
    reports: {
      about: 'the controller takes a new key before the ends have reported that they send on slot b',
      controller: [
        {
          module: 'apps/controller/src/publish/slot-moves.ts',
          replacedBy: 'e2e/faults/moves-unconfirmed.ts',
        },
      ],
    },
    sessions: {
      about: 'agents send on a slot before it has a session',
      agents: [{ module: MOVES, replacedBy: 'e2e/faults/sessions-not-awaited.ts' }],
    },
  },
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      { epochSeconds: EPOCH_SECONDS, benchmarkSeconds: 3 },
      async (mesh, lab) => {
        const meters = await startMeters(lab, { addresses: addressesOf(mesh, NODES) });
        await untilFlowing('every pair', meters.all);
        const changing = run.quick || run.without !== undefined ? NODES.slice(0, 1) : NODES;
        const fromMs = Date.now();
        const tookMs: number[] = [];
        const refused: string[] = [];
        for (const name of changing) {
          const startMs = Date.now();
          const before = (await mesh.admin.node(name)).wg_public_keys;
          const problem = await rotateKeys(mesh.node(name));
          const after = (await mesh.admin.node(name)).wg_public_keys;
          if (problem !== undefined) refused.push(problem);
          else if (before.a === after.a || before.b === after.b) refused.push(`${name} has an old key`);
          tookMs.push(Date.now() - startMs);
          run.say(`${name}: ${problem ?? 'replaced'} after ${tookMs.at(-1)} ms`);
        }
        await until('slot b has gone everywhere', 120_000, async () =>
          (await Promise.all(NODES.map((name) => interfacesOf(lab, name)))).every((count) => count === 1)
            ? true
            : undefined,
        );
        const loss = await lossIn(meters.all, fromMs, Date.now());
        await meters.stop();
        return {
          ok: loss.lost === 0 && refused.length === 0,
          measured: { changes: changing.length, took_ms: tookMs, refused, ...loss },
        };
      },
    ),
};

/** Replaces all keys of a node, as `mesh-agent rotate-keys` does. @returns what the agent says if it fails */
async function rotateKeys({ stateDir }: MeshNode): Promise<string | undefined> {
  const fetch = createSocketFetch(join(stateDir, 'control.sock'), { maxSockets: 1 });
  try {
    const answer = await fetch('http://agent/v1/rotate-keys', {
      method: 'POST',
      body: JSON.stringify({ identity: true, wireguard: true, encapsulation: true, interrupt: false }),
    });
    return answer.status === 200 ? undefined : ((await answer.json()) as { message: string }).message;
  } finally {
    fetch.close();
  }
}

async function interfacesOf(lab: Lab<Name | 'controller'>, name: Name): Promise<number> {
  const { stdout } = await lab.node(name).exec('wg', ['show', 'interfaces']);
  return stdout.trim().split(/\s+/).length;
}
