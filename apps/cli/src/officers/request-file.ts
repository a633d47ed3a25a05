// The file of a request: the request, and the signatures that it has so far, as JSON. It is passed from
// officer to officer, so what it holds is checked like anything from outside.

import {
  canonicalJson,
  checkEd25519PublicKey,
  decodeBase64,
  type JsonValue,
  PrimitivesError,
  parseStrictJson,
} from '@mesh/primitives';
import {
  type OfficerRequest,
  type OfficerSignature,
  requestSentence,
  type SignedRequest,
  signedRequest,
  verifyMessage,
} from '@mesh/protocol';
import { CliError } from '../errors/cli-error.ts';
import type { Ports } from '../ports/ports.ts';

/** What the controller takes in one body. */
const MAX_REQUEST_BYTES = 65_536;

export function readRequestFile(path: string, ports: Ports): SignedRequest {
  let body: unknown;
  try {
    body = parseStrictJson(ports.readDocument(path, MAX_REQUEST_BYTES), { maxBytes: MAX_REQUEST_BYTES });
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
    throw new CliError(
      'usage',
      `${path} is no request: ${error.message}; make one with meshctl request create`,
      {
        cause: error,
      },
    );
  }
  const parsed = signedRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError(
    'usage',
    `${path} is no request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'has another form'}; make one with meshctl request create`,
  );
}

export const renderRequestFile = (signed: SignedRequest): string => `${JSON.stringify(signed, null, 2)}\n`;

/**
 * Puts the signatures of several copies of one request together, each key's once.
 *
 * @throws CliError if the files hold different requests
 */
export function mergeRequests(files: readonly { path: string; signed: SignedRequest }[]): SignedRequest {
  const [first, ...others] = files;
  if (first === undefined) throw new CliError('usage', 'name the file of a request');
  const text = (request: OfficerRequest) => canonicalJson(request as unknown as JsonValue);
  const other = others.find(({ signed }) => text(signed.request) !== text(first.signed.request));
  if (other !== undefined)
    throw new CliError(
      'usage',
      `${first.path} and ${other.path} hold different requests: submit each of them alone`,
    );
  const byKey = new Map(
    files.flatMap(({ signed }) => signed.signatures).map((one) => [one.officer_key, one] as const),
  );
  return { request: first.signed.request, signatures: [...byKey.values()] };
}

/** Whether the signature is that of the key that it names. Only the controller knows whose key it is. */
export function holds(request: OfficerRequest, { officer_key: key, signature }: OfficerSignature): boolean {
  const publicKey = decodeBase64(key, { lengthBytes: 32 });
  try {
    checkEd25519PublicKey(publicKey);
  } catch (error) {
    if (error instanceof PrimitivesError) return false;
    throw error;
  }
  return verifyMessage('officer_request', { ...request, signature }, publicKey);
}

/** What a person has to know before signing. */
export function describeRequest(request: OfficerRequest): [name: string, value: string][] {
  return [
    ['what happens', requestSentence(request)],
    ['in mesh', request.mesh_id],
    ['reason', request.reason],
    ['signatures needed', String(request.required)],
    ['good from', request.not_before],
    ['good until', request.expires_at],
    ['made for state', request.state],
    ['request', request.request_id],
  ];
}
