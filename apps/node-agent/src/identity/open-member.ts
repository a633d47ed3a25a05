// What an enrolled node is: its keys and what enrolment gave.

import { AgentError } from '../agent-error.ts';
import { type Enrolment, readEnrolment } from './enrolment-file.ts';
import { loadKeys, type NodeKeys } from './key-files.ts';
import type { StateDir } from './state-dir.ts';

export interface Member {
  readonly keys: NodeKeys;
  readonly enrolment: Enrolment;
}

/** @throws AgentError `not_enrolled` */
export async function openMember(dir: StateDir): Promise<Member> {
  const enrolment = await readEnrolment(dir.enrolment);
  const keys = loadKeys(dir.keys);
  if (enrolment === undefined || keys === undefined) {
    throw new AgentError('not_enrolled', `${dir.path} holds no enrolment: run mesh-agent enrol first`);
  }
  return { keys, enrolment };
}
