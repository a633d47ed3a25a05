// Opens what an enrolled node has: its keys and the result of its enrolment.

import { AgentError } from '../errors/agent-error.ts';
import { checkCertificate } from './enrol.ts';
import { type Enrolment, readEnrolment } from './enrolment-file.ts';
import { loadKeys, type NodeKeys } from './key-files.ts';
import type { StateDir } from './state-dir.ts';

export interface Member {
  readonly keys: NodeKeys;
  readonly enrolment: Enrolment;
}

/** @throws AgentError `not_enrolled`; `usage` if files cannot be used or do not belong together */
export async function openMember(dir: StateDir): Promise<Member> {
  const enrolment = await readEnrolment(dir.enrolment);
  const keys = loadKeys(dir.keys);
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
