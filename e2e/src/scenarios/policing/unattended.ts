// Limits without an agent: the agent of the node that enforces them is killed, stopped, or cut off from the
// controller. The limits are in the kernel, and stay.

import type { MeshNode } from '@mesh/e2e';

export interface Enforcer {
  readonly node: MeshNode;
  /** Cuts the node off from the controller. */
  readonly cut: () => Promise<void>;
  readonly heal: () => Promise<void>;
}

type Loss = 'killed' | 'stopped' | 'cut';

export async function whileUnattended<T>(
  { node, cut, heal }: Enforcer,
  measure: () => Promise<T>,
): Promise<Readonly<Record<Loss, T>>> {
  const during = async (lose: () => unknown, undo: () => unknown): Promise<T> => {
    await lose();
    try {
      return await measure();
    } finally {
      await undo();
    }
  };
  const stopped = await during(
    () => node.agent.signal('SIGSTOP'),
    () => node.agent.signal('SIGCONT'),
  );
  const isCut = await during(cut, heal);
  const killed = await during(
    () => node.agent.kill(),
    () => node.restartAgent(),
  );
  return { killed, stopped, cut: isCut };
}
