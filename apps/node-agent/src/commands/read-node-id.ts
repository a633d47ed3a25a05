// Reads a node id from the command line.

import { type NodeId, parseNodeId } from '@mesh/primitives';
import { AgentError, messageOf } from '../errors/agent-error.ts';

/** @param what the flag or argument, for the message. @throws AgentError `usage` */
export function readNodeId(what: string, text: string): NodeId {
  try {
    return parseNodeId(text);
  } catch (error) {
    throw new AgentError('usage', `${what}: ${messageOf(error)}`);
  }
}
