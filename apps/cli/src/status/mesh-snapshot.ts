// What the controller says of the whole mesh at one moment: what status shows and findings are made from.

import type { AdminClient, BrakeStatus, EpochStatus, Health, NodeSummary } from '@mesh/protocol';

export interface MeshSnapshot {
  readonly health: Health;
  readonly epoch: Pick<EpochStatus, 'epoch_id' | 'expiry_utc'>;
  /** The controller's clock, in milliseconds since 1970. */
  readonly nowMs: number;
  readonly nodes: readonly NodeSummary[];
  readonly brake: BrakeStatus;
}

export async function takeSnapshot(
  client: Pick<AdminClient, 'health' | 'epoch' | 'nodes' | 'brake'>,
): Promise<MeshSnapshot> {
  const [health, epoch, { nodes }, brake] = await Promise.all([
    client.health(),
    client.epoch(),
    client.nodes(),
    client.brake(),
  ]);
  return { health, epoch, nowMs: epoch.server_time_ms, nodes, brake };
}
