// A node's watch over the controller's log, with what it would have on disk.

import { parseNodeId } from '@mesh/primitives';
import type { LogIdentity } from '@mesh/protocol';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import type { Contradiction } from '../../src/log/evidence.ts';
import type { SignedLogHead } from '../../src/log/log-head.ts';
import { LogWatch } from '../../src/log/log-watch.ts';
import { silent } from './agent-fixtures.ts';
import { LOG_IDENTITY } from './test-log.ts';

export interface WatchedLogOptions {
  readonly identity?: LogIdentity | undefined;
  readonly held?: SignedLogHead;
  /** Called before a head is stored, which waits for it. */
  readonly onStore?: () => Promise<void>;
}

export function watchedLog({ identity, held, onStore }: WatchedLogOptions = {}) {
  const heads: SignedLogHead[] = [];
  const identities: LogIdentity[] = [];
  const evidence: Contradiction[] = [];
  const events: AgentEvent[] = [];
  const log = new LogWatch({
    meshId: 'm',
    nodeId: parseNodeId('self'),
    identity,
    held,
    storeIdentity: async (learned) => void identities.push(learned),
    storeHead: async (_origin, head) => {
      await onStore?.();
      heads.push(head);
    },
    keepEvidence: async (contradiction) => `/evidence/${evidence.push(contradiction)}`,
    record: (event) => events.push(event),
    changed: () => undefined,
    nowMs: () => 5_000,
    logger: silent,
  });
  return { log, heads, identities, evidence, events };
}

/** The watch of a node whose controller says nothing of its log. */
export const unwatchedLog = (): LogWatch => watchedLog().log;
/** The watch of a node that knows the log of `TestLog`. */
export const knowingLog = (options: WatchedLogOptions = {}) =>
  watchedLog({ identity: LOG_IDENTITY, ...options });
