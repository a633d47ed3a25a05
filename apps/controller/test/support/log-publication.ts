// A journal over a real database file whose log is published, on a fake clock.

import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint, parseVerifierKey } from '@mesh/audit';
import { createLogger } from '@mesh/host';
import { rejectMessage } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { NOW } from '../../../../packages/membership/test/support/mesh.ts';
import { LogPublisher, type LogPublisherOptions, signHead } from '../../src/publish/log-publisher.ts';
import { PublishedLog } from '../../src/publish/published-log.ts';
import { openLogStore } from '../../src/store/log-heads.ts';
import { createControllerKeys } from '../../src/trust/controller-keys.ts';
import { openLogKeys } from '../../src/trust/stored-log-keys.ts';
import { openJournal } from './journal.ts';
import { freezeNext, tokenOf } from './journal-commands.ts';

export const ORIGIN = 'mesh.example.com/testmesh';

export type Publication = Awaited<ReturnType<typeof openPublication>>;

/** @param without what takes the place of a part, to show what it is for */
export async function openPublication(directory: string, without: Partial<LogPublisherOptions> = {}) {
  const opened = openJournal(directory);
  const { db, sealer, journal, clock, mesh, state } = opened;
  await createControllerKeys(db, sealer, state.meshId, Date.now());
  const keys = openLogKeys(db, sealer, ORIGIN);
  const { tiles, heads, last } = openLogStore(db, journal.head().size);
  const published = new PublishedLog(tiles);
  if (last !== undefined) published.show(last.edge, signHead(keys, last.head));
  const lines: string[] = [];
  const publisher = new LogPublisher({
    journal,
    heads,
    keys,
    published,
    last: last?.head,
    clock,
    timers: clock,
    logger: createLogger({ destination: { write: (line) => void lines.push(line) } }),
    ...without,
  });
  journal.onCommit((events) => publisher.onCommit(events));
  const trust: CheckpointTrust = { origin: ORIGIN, logKeys: keys.verifierKeys.map(parseVerifierKey) };
  return {
    ...opened,
    keys,
    tiles,
    heads,
    published,
    publisher,
    lines,
    /** The newest head, after all its signatures have been verified. */
    opened: (): OpenedCheckpoint => openCheckpoint(published.checkpoint() ?? '', trust),
    /** A node that can be rejected or cut. */
    enrol: async (nodeId: string) => {
      const tokenId = `for-${nodeId}`;
      await journal.run(tokenOf(tokenId));
      await journal.run(mesh.enrolment(nodeId, tokenId));
    },
    /** Adds entries that bring no head. */
    grow: (nodeId: string, count: number) =>
      Promise.all(Array.from({ length: count }, () => journal.run(rejection(nodeId)))),
    openEpoch: () => journal.run((view) => freezeNext(view, NOW + 3_600_000)(view, journal.context())),
    quarantine: (nodeId: string) =>
      journal.run(() => ({
        kind: 'done',
        events: [
          {
            type: 'node_quarantined',
            nodeId: parseNodeId(nodeId),
            why: 'x',
            actor: { kind: 'socket' },
          },
        ],
      })),
    /** Ends as a process that is killed: nothing more is published. */
    kill: async () => {
      await journal.close();
      db.close();
    },
    close: async () => {
      await journal.close();
      publisher.close();
      db.close();
    },
  };
}

const rejection = (nodeId: string) =>
  rejectMessage(parseNodeId(nodeId), 'benchmark', { code: 'bad_signature', detail: 'x' } as never);
