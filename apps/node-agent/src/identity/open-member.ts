// Opens what an enrolled node has: its keys and the result of its enrolment.

import { AgentError } from '../errors/agent-error.ts';
import { checkCertificate } from './enrol.ts';
import { type Enrolment, readEnrolment } from './enrolment-file.ts';
import { loadKeys, type NodeKeys } from './key-files.ts';
import { KeyRing } from './key-ring.ts';
import { readNextKeys, takeOverKey } from './next-keys.ts';
import type { StateDir } from './state-dir.ts';

export interface Member {
  readonly keys: KeyRing;
  readonly enrolment: Enrolment;
}

/** @throws AgentError `not_enrolled`; `usage` if files cannot be used or do not belong together */
export async function openMember(dir: StateDir): Promise<Member> {
  const enrolment = await readEnrolment(dir.enrolment);
  const keys = finishIdentity(dir, enrolment) ?? loadKeys(dir.keys);
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
  return { keys: new KeyRing(keys), enrolment };
}

/**
 * A crash may have come between the certificate for a new identity key and the key itself. Then the
 * certificate is for the next key, and that is taken over now.
 */
function finishIdentity(dir: StateDir, enrolment: Enrolment | undefined): NodeKeys | undefined {
  const next = enrolment === undefined ? undefined : readNextKeys(dir);
  if (enrolment === undefined || next === undefined || !next.parts.includes('identity')) return undefined;
  try {
    checkCertificate(
      enrolment.certificate_pem,
      enrolment.ca_pem,
      enrolment,
      next.keys.identity,
      (what) => new Error(what),
    );
  } catch {
    return undefined;
  }
  return takeOverKey(dir, 'identity');
}
