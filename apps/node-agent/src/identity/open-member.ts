// Opens what an enrolled node has: its keys and the result of its enrolment.

import { equalBytes } from '@mesh/primitives';
import { AgentError } from '../errors/agent-error.ts';
import { checkCertificate } from './enrol.ts';
import { type Enrolment, readEnrolment } from './enrolment-file.ts';
import { loadKeys, type NodeKeys } from './key-files.ts';
import { KeyRing } from './key-ring.ts';
import { takeOverKey } from './next-keys.ts';
import type { StateDir } from './state-dir.ts';

export interface Member {
  readonly keys: KeyRing;
  readonly enrolment: Enrolment;
}

/** What a member has, for those who only look. */
export interface MemberView {
  readonly keys: NodeKeys;
  readonly enrolment: Enrolment;
}

/**
 * Finishes a change of the identity key that a crash has interrupted, which writes to the folder: only the
 * agent itself calls this.
 *
 * @throws AgentError `not_enrolled`; `usage` if files cannot be used or do not belong together
 */
export async function openMember(dir: StateDir): Promise<Member> {
  const enrolment = await readEnrolment(dir.enrolment);
  const keys = isForNextIdentity(dir, enrolment) ? takeOverKey(dir, 'identity') : loadKeys(dir.keys);
  const member = checkMember(dir, enrolment, keys);
  return { keys: new KeyRing(member.keys), enrolment: member.enrolment };
}

/**
 * Reads the same without writing, beside a running agent too.
 * @throws AgentError as `openMember` does
 */
export async function lookAtMember(dir: StateDir): Promise<MemberView> {
  const enrolment = await readEnrolment(dir.enrolment);
  const present = loadKeys(dir.keys);
  const next = isForNextIdentity(dir, enrolment) ? loadKeys(dir.nextKeys) : undefined;
  return checkMember(dir, enrolment, present && next ? { ...present, identity: next.identity } : present);
}

function checkMember(
  dir: StateDir,
  enrolment: Enrolment | undefined,
  keys: NodeKeys | undefined,
): MemberView {
  if (enrolment === undefined || keys === undefined) {
    throw new AgentError('not_enrolled', `${dir.path} holds no enrolment: run mesh-agent enrol first`);
  }
  checkCertificate(
    enrolment.certificate_pem,
    enrolment.ca_pem,
    enrolment,
    keys.identity,
    (what) =>
      new AgentError(
        'usage',
        `${dir.enrolment} ${what}: restore it and ${dir.keys} from one backup, or remove it and enrol again`,
      ),
  );
  return { keys, enrolment };
}

/**
 * Whether the certificate is for the next identity key: a crash may have come between the certificate for a
 * new key and the key itself.
 */
function isForNextIdentity(dir: StateDir, enrolment: Enrolment | undefined): boolean {
  const next = enrolment === undefined ? undefined : loadKeys(dir.nextKeys);
  const present = loadKeys(dir.keys);
  if (enrolment === undefined || next === undefined || present === undefined) return false;
  if (equalBytes(next.identity.publicKey, present.identity.publicKey)) return false;
  try {
    checkCertificate(
      enrolment.certificate_pem,
      enrolment.ca_pem,
      enrolment,
      next.identity,
      (what) => new Error(what),
    );
    return true;
  } catch {
    return false;
  }
}
