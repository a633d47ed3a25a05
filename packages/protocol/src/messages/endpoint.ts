// The address at which a node's WireGuard listens: a part of the enrolment, and
// `POST /v1/endpoints/{node_id}` when it changes.

import * as z from 'zod';
import * as field from '../fields.ts';

export const advertisedEndpoint = z.strictObject({
  listen_ports: field.perSlot(field.port),
  /** IP literals, most preferred first. Empty: use the source address that the controller sees. */
  advertise: field.listOf(z.union([z.ipv4(), z.ipv6()]), 8),
});
export type AdvertisedEndpoint = z.infer<typeof advertisedEndpoint>;

/** The same ports, and the same addresses in the same order of preference. */
export function sameEndpoint(one: AdvertisedEndpoint, other: AdvertisedEndpoint): boolean {
  return (
    one.listen_ports.a === other.listen_ports.a &&
    one.listen_ports.b === other.listen_ports.b &&
    one.advertise.join() === other.advertise.join()
  );
}

export const endpointMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sequence: field.sequence,
  sent_at: field.timestamp,
  ...advertisedEndpoint.shape,
  signature: field.signature,
});
export type EndpointMessage = z.infer<typeof endpointMessage>;

/** The answer to every accepted report for which there is no special answer. */
export const acknowledgement = z.object({
  status: z.literal('received'),
  node_id: field.nodeId,
  server_time_ms: field.instantMs,
});
export type Acknowledgement = z.infer<typeof acknowledgement>;
