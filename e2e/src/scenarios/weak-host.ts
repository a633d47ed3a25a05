// Linux accepts a packet for any of its addresses on any interface. A service that is bound to the overlay
// address must still be reachable only over the overlay: with in-place and strict rotation, each in its own
// mesh.

import { scenarioOfParts } from '../parts.ts';
import type { Mechanism, ScenarioResult, ScenarioRun } from '../scenario.ts';
import { inMesh } from '../scenario.ts';
import { ATTEMPTS, type Attempt, prepare, tryAll } from './weak-host/attempts.ts';
import { type Name, NODES } from './weak-host/hosts.ts';
import { withoutAgent } from './weak-host/without-agent.ts';

const mechanisms = {
  'host-rules': {
    about: 'agents that set no host rules',
    agents: [
      {
        module: 'packages/wg-device/src/host-rules/nft-host-rules.ts',
        replacedBy: 'e2e/faults/host-rules-not-written.ts',
      },
    ],
  },
} satisfies Record<string, Mechanism>;

/**
 * Long enough for a round of attempts: with strict rotation, the allowed node that cheats is out when its
 * slot is.
 */
const EPOCH_SECONDS = { in_place: 4, strict: 30 } as const;

export const weakHostScenario = scenarioOfParts(
  'a service on the overlay address is reached only over the overlay, with rp_filter 0, 1 and 2, by IPv4 and IPv6',
  mechanisms,
  {
    in_place: {
      about: 'attempts around the mesh, keys changed in place',
      keptBy: ['host-rules'],
      quick: true,
      run: (run) => besiege(run, 'in_place'),
    },
    strict: {
      about: 'attempts around the mesh, strict rotation',
      keptBy: ['host-rules'],
      quick: false,
      run: (run) => besiege(run, 'strict'),
    },
  },
);

export function besiege(run: ScenarioRun, rotation: 'in_place' | 'strict'): Promise<ScenarioResult> {
  const unguarded = { guard: { mode: 'insecure-off' } };
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      otherHosts: ['stranger'],
      epochSeconds: EPOCH_SECONDS[rotation],
      benchmarkSeconds: 5,
      services: [],
      maxBenchmarkAgeSeconds: 600,
      leaseSeconds: 12,
      controllerSettings: { networks: ['10.88.0.0/24', 'fd88::/64'], rotation },
      agentSettings: { cut: unguarded, peer: unguarded },
    },
    async (mesh, lab) => {
      const siege = await prepare(mesh, lab);
      const succeeded: string[] = [];
      let controls = 0;
      const round = async (name: string, attempts: readonly Attempt[]) => {
        const { reached, controlHeld } = await tryAll(siege, attempts);
        if (controlHeld) controls += 1;
        run.say(`${name}: ${reached.length === 0 ? 'nobody got in' : reached.join(', ')}`);
        succeeded.push(...reached.map((attempt) => `${name}: ${attempt}`));
      };
      const filters = run.quick ? [0] : [0, 1, 2];
      for (const filter of filters) {
        await siege.setReversePathFilter(filter);
        await round(`rp_filter ${filter}`, ATTEMPTS);
      }
      // The rules should outlive the agent and its lease. Without them this would show nothing new.
      const { rounds, leftAfterDown } =
        run.quick || run.without !== undefined
          ? { rounds: 0, leftAfterDown: [] }
          : await withoutAgent(siege, round);
      await siege.end();
      const expected = filters.length + rounds;
      return {
        ok: succeeded.length === 0 && controls === expected && leftAfterDown.length === 0,
        measured: {
          attempts: ATTEMPTS.map(({ name }) => name),
          rounds: expected,
          rounds_whose_control_held: controls,
          succeeded,
          left_after_down: leftAfterDown,
        },
      };
    },
  );
}
