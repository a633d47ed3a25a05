// Strict rotation on the wire: no session outlives its epoch by two seconds and no packet is lost, even if
// agents are lost over a boundary, restart, or have their node denied. Each part runs in its own mesh.

import { ADOPTION, REMOVAL } from '../mechanisms.ts';
import { type Part, scenarioOfParts } from '../parts.ts';
import type { Mechanism } from '../scenario.ts';
import { watchBoundaries } from './strict/boundaries.ts';
import { loseAgents } from './strict/lose-agents.ts';
import { restartAgent } from './strict/restart-agent.ts';

const PLAN = 'apps/node-agent/src/plan/strict-slots.ts';

const mechanisms = {
  flush: {
    about: 'the slot of the previous epoch is never emptied',
    agents: [{ module: PLAN, replacedBy: 'e2e/faults/slot-never-flushed.ts' }],
  },
  standby: {
    about: 'the slot of the next epoch is not filled before the routes point to it',
    agents: [{ module: PLAN, replacedBy: 'e2e/faults/standby-not-filled.ts' }],
  },
  adoption: ADOPTION,
  removal: REMOVAL,
} satisfies Record<string, Mechanism>;

const parts: Record<string, Part<keyof typeof mechanisms>> = {
  boundaries: {
    about: 'packets and sessions over boundaries, with keys changed in place as the control',
    keptBy: ['flush', 'standby'],
    quick: true,
    run: watchBoundaries,
  },
  lost: {
    about: 'agents are killed, stopped and cut off from the controller over a boundary',
    keptBy: ['flush'],
    quick: false,
    run: loseAgents,
  },
  restart: {
    about: 'an agent is killed and started again, its node is denied, and it goes down',
    keptBy: ['adoption', 'removal'],
    quick: false,
    run: restartAgent,
  },
};

export const strictScenario = scenarioOfParts(
  'with strict rotation no session outlives its epoch by two seconds, and no packet is lost',
  mechanisms,
  parts,
);
