// Tunnels stay open during the lease and close at its end, whatever happens to the agent. Each part runs in
// its own mesh.

import { ADOPTION } from '../mechanisms.ts';
import { type Part, scenarioOfParts } from '../parts.ts';
import type { Mechanism } from '../scenario.ts';
import { loseAgents } from './leases/lose-agents.ts';
import { holdThroughWork } from './leases/planned-work.ts';
import { restartAgent } from './leases/restart-agent.ts';
import { tryTransit } from './leases/transit.ts';

const mechanisms = {
  guard: {
    about: 'no kernel guard (guard.mode: insecure-off)',
    agentSettings: { guard: { mode: 'insecure-off' } },
  },
  'lease-end': {
    about: 'agents whose lease never ends',
    agents: [{ module: 'apps/node-agent/src/lease/lease.ts', replacedBy: 'e2e/faults/lease-never-ends.ts' }],
  },
  forwarding: {
    about: 'hosts that forward between peers (guard.forwarding: allow)',
    agentSettings: { guard: { forwarding: 'allow' } },
  },
  maintenance: {
    about: 'planned work that lengthens no lease',
    controller: [
      {
        module: 'apps/controller/src/leases/maintenance-watch.ts',
        replacedBy: 'e2e/faults/maintenance-extends-nothing.ts',
      },
    ],
  },
  'lease-file': {
    about: 'agents that forget their lease with their process',
    agents: [
      { module: 'apps/node-agent/src/lease/lease-file.ts', replacedBy: 'e2e/faults/lease-not-stored.ts' },
    ],
  },
  adoption: ADOPTION,
} satisfies Record<string, Mechanism>;

const parts: Record<string, Part<keyof typeof mechanisms>> = {
  lost: {
    about: 'agents are killed, stopped and cut off from the controller',
    keptBy: ['guard', 'lease-end'],
    quick: true,
    run: loseAgents,
  },
  transit: {
    about: 'a node that is cut off from another one tries to reach it through a third',
    keptBy: ['forwarding'],
    quick: false,
    run: tryTransit,
  },
  planned_work: {
    about: 'the controller stops for longer than a lease, announced and not',
    keptBy: ['maintenance'],
    quick: false,
    run: holdThroughWork,
  },
  restart: {
    about: 'the agent of a healthy node is killed and started again within a short lease, and goes down',
    keptBy: ['lease-file', 'adoption'],
    quick: false,
    run: restartAgent,
  },
};

export const leasesScenario = scenarioOfParts(
  'the overlay of a killed, stopped or cut-off agent closes when its lease ends, and no other node’s',
  mechanisms,
  parts,
);
