// Measures the agent of a node with 1,000 peers: its memory, its CPU while nothing happens, a change of all
// keys, a start, and the memory of the process that asks the node's service.

import { setTimeout as elapsed } from 'node:timers/promises';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { buildPrograms } from '../build-programs.ts';
import { interleave } from '../interleave.ts';
import type { Findings } from '../report.ts';
import { agentFindings, type CanaryRound } from './agent-findings.ts';
import { AGENT_SOURCE, BUILT_AGENT, BUILT_MEASURING, MEASURING_SOURCE } from './agent-program.ts';
import { type AgentRound, playRound, type RoundPlan } from './agent-round.ts';
import { type AgentScene, setAgentScene } from './agent-scene.ts';
import { canaryPeak } from './canary-memory.ts';

export const agentBenchmark: Benchmark = {
  name: 'agent',
  summary: 'the agent of a node with 1,000 peers: memory, idle CPU, a change of all keys, a start',
  rounds: 5,
  run,
};

interface Plan extends RoundPlan {
  readonly epochSeconds: number;
  readonly prompts: { readonly short: number; readonly long: number };
}

const FULL: Plan = {
  peers: 1_000,
  idleSeconds: 60,
  // A while after an epoch the agent reports a second time.
  settleSeconds: 8,
  // No boundary comes in between: the benchmark orders its epochs.
  epochSeconds: 86_400,
  prompts: { short: 50, long: 500 },
};

const QUICK: Plan = {
  peers: 20,
  idleSeconds: 0.3,
  settleSeconds: 0.1,
  epochSeconds: 2,
  prompts: { short: 5, long: 10 },
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const { rounds, quick, say, progress, profileDir } = options;
  const plan = quick ? QUICK : FULL;
  if (!quick) buildPrograms('newest', say);
  say(`${plan.peers} peers: seeding`);
  await using scene = await setAgentScene({
    peers: plan.peers,
    epochSeconds: plan.epochSeconds,
    program: quick ? AGENT_SOURCE : BUILT_AGENT,
    profileArgs: profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir],
  });
  say('waiting for the admission');
  await admit(scene);
  const measuring = quick ? MEASURING_SOURCE : BUILT_MEASURING;
  const results = await interleave<AgentRound | CanaryRound>(
    [
      { name: 'agent', run: () => playRound(scene, plan) },
      {
        name: 'canary',
        run: async (): Promise<CanaryRound> => {
          const { short, long } = plan.prompts;
          return {
            short: { prompts: short, peakMiB: await canaryPeak(short, measuring) },
            long: { prompts: long, peakMiB: await canaryPeak(long, measuring) },
          };
        },
      },
    ],
    rounds,
    progress,
    { warmUp: !quick },
  );
  const { tables, missed } = agentFindings(
    plan.peers,
    (results.get('agent') ?? []) as AgentRound[],
    (results.get('canary') ?? []) as CanaryRound[],
  );
  return {
    tables,
    // A quick run is too short to miss anything.
    missed: quick ? [] : missed,
    notes: [
      scene.tunnel === 'lab'
        ? 'Interfaces are real: each agent has a host of its own on this machine (a network namespace). One peer is there, the others are keys and addresses that nobody answers at, so wireguard-go tries its handshakes again and again: its CPU and memory are above those of a mesh that is up. With the kernel’s WireGuard, what wireguard-go tells is absent.'
        : 'This machine allows no network namespaces or has no WireGuard: interfaces are dry runs. They do nothing, and no tunnel was measured.',
      `${quick ? 'The agent runs from source.' : 'The agent is the built program.'} It measures by a file, reads its interface every 30 seconds and asks its controller every 25, as it does by default.`,
      'The answer counts from when the agent has read it. Before that, a start sends a measurement with the key that the next answer is sealed to.',
      'An epoch’s CPU leaves out the idle share of the same time. The agent’s change of all keys is two sets, one for each role, 200 ms apart; the time is that of its own record.',
      `A suite’s prompts are answered with 200,000 characters each.`,
    ],
  };
}

/** A node is admitted at the first boundary after its first measurement. */
async function admit({ subject, witness, admin, removeInterface }: AgentScene): Promise<void> {
  const agent = subject.start();
  try {
    for (const each of [agent, ...(witness === undefined ? [] : [witness.agent])])
      await each.says(({ msg, fields }) => msg === 'config' && String(fields.reason).includes('boundary'));
    // The first epoch of a controller is ordered at its start; what is ordered before it begins is that one.
    let epochs = 0;
    for (let last = 0; epochs < 2; ) {
      const { epoch_id: epochId } = await admin.rotate();
      if (epochId !== last) epochs += 1;
      last = epochId;
      await elapsed(100);
    }
    await agent.says(({ msg, fields }) => msg === 'epoch applied to every peer' && Number(fields.count) > 0);
  } finally {
    await agent.stop();
    await removeInterface();
  }
}
