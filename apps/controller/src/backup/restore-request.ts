// The request by which officers let a restore go back behind entries that are known. No controller runs then,
// so the command checks it by itself, against the officers of the database.

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomicSync } from '@mesh/host';
import { LONGEST_REQUEST_LIFE_MS, type OfficerSet, requestStateDigest } from '@mesh/membership';
import {
  canonicalJson,
  decodeBase64,
  formatRfc3339,
  type JsonValue,
  type MeshId,
  parseRfc3339,
  parseStrictJson,
} from '@mesh/primitives';
import {
  type OfficerRequest,
  type RequestSubject,
  type SignedRequest,
  signedRequest,
  verifyMessage,
} from '@mesh/protocol';
import { ControllerError } from '../errors/controller-error.ts';

type Parameters = RequestSubject<'backup.restore'>['parameters'];

const MAX_REQUEST_BYTES = 65_536;

export interface RequestedRestore {
  readonly meshId: MeshId;
  readonly parameters: Parameters;
  readonly officers: OfficerSet;
  readonly nowMs: number;
}

/** Writes the file that officers sign. */
export function writeRestoreRequest(
  path: string,
  { meshId, parameters, officers, nowMs }: RequestedRestore,
): void {
  const request: OfficerRequest<'backup.restore'> = {
    mesh_id: meshId,
    request_id: randomUUID(),
    kind: 'backup.restore',
    parameters,
    state: stateOf(meshId, parameters),
    required: officers.required,
    not_before: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + LONGEST_REQUEST_LIFE_MS),
    reason: 'restore of a backup',
  };
  const signed: SignedRequest = { request, signatures: [] };
  writeFileAtomicSync(path, `${JSON.stringify(signed, null, 2)}\n`, { overwrite: false });
}

/**
 * @returns the names of the officers who have signed
 * @throws ControllerError `usage` unless the file is a request for this restore, in its time, with as many
 *   signatures of officers as are needed
 */
export function checkRestoreRequest(path: string, asked: RequestedRestore): string[] {
  const refuse = (why: string): ControllerError => new ControllerError('usage', `${path} ${why}`);
  const { request, signatures } = readRequest(path, refuse);
  const { meshId, parameters, officers, nowMs } = asked;
  const isForThis =
    request.kind === 'backup.restore' &&
    request.mesh_id === meshId &&
    canonicalJson(request.parameters as JsonValue) === canonicalJson(parameters) &&
    request.state === stateOf(meshId, parameters);
  if (!isForThis)
    throw refuse('is for something else: remove it, and run this again, which writes the right one');
  const [fromMs, untilMs] = [parseRfc3339(request.not_before), parseRfc3339(request.expires_at)];
  if (nowMs >= untilMs || untilMs - fromMs > LONGEST_REQUEST_LIFE_MS)
    throw refuse(`was good until ${request.expires_at}, 7 days at most: remove it, and run this again`);
  if (nowMs < fromMs) throw refuse(`is good from ${request.not_before} on: run this again then`);
  const signers = officers.officers.filter(({ publicKey }) =>
    signatures.some(
      ({ officer_key: key, signature }) =>
        key === publicKey &&
        verifyMessage('officer_request', { ...request, signature }, decodeBase64(key, { lengthBytes: 32 })),
    ),
  );
  const names = signers.map(({ name }) => name);
  if (names.length < officers.required)
    throw refuse(
      `has ${names.length} of ${officers.required} signatures of officers${names.length === 0 ? '' : ` (${names.join(', ')})`}: let others sign, with meshctl request sign ${path} --key KEY`,
    );
  return names;
}

export const hasRestoreRequest = (path: string): boolean => existsSync(path);

function readRequest(path: string, refuse: (why: string) => Error): SignedRequest {
  try {
    return signedRequest.parse(parseStrictJson(readFileSync(path, 'utf8'), { maxBytes: MAX_REQUEST_BYTES }));
  } catch {
    throw refuse('is no request of officers: remove it, and run this again, which writes one');
  }
}

const stateOf = (meshId: MeshId, parameters: Parameters): string =>
  requestStateDigest(meshId, 'backup.restore', parameters);
