// Asks a node's agent about itself, over its control socket.

import { join } from 'node:path';
import type { MeshNode } from '@mesh/e2e';
import { createSocketFetch } from '@mesh/host';

/** The parts of `mesh-agent status --json` that scenarios use. */
export interface AgentAnswer {
  readonly pid: number;
  readonly interface_up: boolean;
  readonly lease_left_ms: number;
  readonly epoch_id: number | null;
  readonly guard: { readonly state: string; readonly ends_in_ms: number | null };
  readonly peers: readonly { readonly node_id: string; readonly epoch_id: number | null }[];
}

/** @returns undefined if no agent answers */
export async function askAgent({ stateDir }: MeshNode): Promise<AgentAnswer | undefined> {
  const fetch = createSocketFetch(join(stateDir, 'control.sock'), { maxSockets: 1 });
  try {
    return (await (await fetch('http://agent/v1/status')).json()) as AgentAnswer;
  } catch {
    return undefined;
  } finally {
    fetch.close();
  }
}
