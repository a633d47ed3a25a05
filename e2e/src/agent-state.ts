// What happens to a node's agent while something happens to the mesh, and how the agent comes back.

import type { Lab, Mesh } from '@mesh/e2e';

/** `cut`: nftables cuts the node off from the controller only. The paths to the other nodes stay. */
export type AgentState = 'running' | 'stopped' | 'killed' | 'cut';

export interface Agents<Name extends string> {
  readonly mesh: Mesh<Name>;
  readonly lab: Lab<Name | 'controller'>;
}

export async function lose<Name extends string>(
  { mesh, lab }: Agents<Name>,
  name: Name,
  state: AgentState,
): Promise<void> {
  if (state === 'stopped') mesh.node(name).agent.signal('SIGSTOP');
  if (state === 'killed') await mesh.node(name).agent.kill();
  if (state === 'cut') await lab.cut(name, { from: 'controller' });
}

export async function bringBack<Name extends string>(
  { mesh, lab }: Agents<Name>,
  name: Name,
  state: AgentState,
): Promise<void> {
  if (state === 'stopped') mesh.node(name).agent.signal('SIGCONT');
  if (state === 'killed') await mesh.node(name).restartAgent();
  if (state === 'cut') await lab.heal(name, { from: 'controller' });
}
