// What an enrolled node has on its disk, opened by one process at a time: its keys, its enrolment, and what
// must outlive an agent.

import { LogField, type Own } from '@mesh/host';
import { EnrolmentStore } from '../identity/enrolment-store.ts';
import { lockStateDir } from '../identity/lock-state-dir.ts';
import { draftNextKeys, dropNextKeys, readNextKeys, takeOverKey } from '../identity/next-keys.ts';
import { type Member, openMember } from '../identity/open-member.ts';
import { SequenceFile } from '../identity/sequence-file.ts';
import { openStateDir, type StateDir } from '../identity/state-dir.ts';
import { Journal } from '../journal/journal.ts';
import { readBootId } from '../lease/boot-id.ts';
import { LeaseFile } from '../lease/lease-file.ts';
import { keepEvidence } from '../log/evidence.ts';
import { readHead, writeHead } from '../log/head-file.ts';
import type { AgentParts } from '../run/agent-parts.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { ToldFile } from '../uplink/config/told-file.ts';
import { ReceiptFile } from '../uplink/submit/receipt-file.ts';
import { createFileSpool } from '../uplink/submit/spool.ts';
import type { Platform } from './build-platform.ts';

export interface LockedMember extends Member {
  readonly dir: StateDir;
}

export type Storage = Pick<
  AgentParts,
  | 'keys'
  | 'nextKeys'
  | 'enrolment'
  | 'sequences'
  | 'spool'
  | 'receiptFile'
  | 'toldFile'
  | 'leaseFile'
  | 'logFiles'
  | 'journal'
>;

/**
 * @param own takes the lock, to be released at the end
 * @throws AgentError `already_running`, or as `openStateDir` and `openMember`
 */
export async function lockMember(settings: AgentSettings, own: Own): Promise<LockedMember> {
  const dir = openStateDir(settings.state_dir);
  const lock = lockStateDir(dir);
  own(() => lock[Symbol.dispose]());
  return { dir, ...(await openMember(dir)) };
}

/** @param own takes the journal, to be closed at the end */
export async function openStorage(
  { dir, keys, enrolment }: LockedMember,
  platform: Platform,
  own: Own,
): Promise<Storage> {
  const { clock, logger } = platform;
  const journal = new Journal({ path: dir.journal, clock, logger });
  own(() => journal.close());
  return {
    keys,
    nextKeys: {
      draft: (fresh) => draftNextKeys(dir, fresh, platform.randomBytes),
      read: () => readNextKeys(dir),
      takeOver: (part) => takeOverKey(dir, part),
      drop: () => dropNextKeys(dir),
    },
    enrolment: new EnrolmentStore(dir.enrolment, enrolment),
    sequences: await openSequences(dir, platform),
    spool: createFileSpool(dir.spool),
    receiptFile: new ReceiptFile(dir.receipts),
    toldFile: new ToldFile(dir.told),
    leaseFile: new LeaseFile(dir.lease, readBootId(), (error) =>
      logger.warn(
        { [LogField.error]: error },
        'the lease could not be stored; a restart may close the tunnels',
      ),
    ),
    logFiles: {
      head: await readHead(dir.logHead, enrolment.log?.origin),
      storeHead: (origin, head) => writeHead(dir.logHead, origin, head),
      keepEvidence: (contradiction) => keepEvidence(dir.logEvidence, contradiction),
    },
    journal,
  };
}

export function openSequences(
  dir: StateDir,
  { controllerClock, logger }: Pick<Platform, 'controllerClock' | 'logger'>,
): Promise<SequenceFile> {
  return SequenceFile.open({
    path: dir.sequences,
    nowMs: () => controllerClock.nowMs(),
    onUnsaved: (error) =>
      logger.warn(
        { [LogField.error]: error },
        'a sequence number could not be stored; the clock stands in for it',
      ),
  });
}
