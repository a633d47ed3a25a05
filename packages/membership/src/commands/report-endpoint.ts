// Takes a node's report of where its WireGuard interface listens now.

import type { Sha256Hex } from '@mesh/primitives';
import { type EndpointMessage, problem } from '@mesh/protocol';
import { findSequenceObjection } from './find-sequence-objection.ts';
import { type Command, done, refused } from './outcome.ts';

/** @param messageSha256 of the received body */
export function reportEndpoint(
  message: EndpointMessage,
  observedAddress: string | undefined,
  messageSha256?: Sha256Hex,
): Command {
  return (view, context) => {
    const node = view.node(message.node_id);
    if (node === undefined)
      return refused(problem('node_unknown', `node ${message.node_id} is not enrolled here`));
    const replay = findSequenceObjection(message.sequence, node.sequences.endpoint, context.nowMs);
    if (replay !== undefined) return refused(replay);
    const { sequence, listen_ports, advertise } = message;
    const endpoint = { listen_ports, advertise };
    const { nodeId } = node;
    return done([{ type: 'endpoint_reported', nodeId, sequence, endpoint, observedAddress, messageSha256 }]);
  };
}
