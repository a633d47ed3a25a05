// `POST /add-checkpoint`: reads the request, asks the cosigner, and answers with the status that the
// specification has for each outcome.

import { type AddCheckpointRequest, AuditError, parseAddCheckpoint, renderCosignatures } from '@mesh/audit';
import { LogField, type Logger } from '@mesh/host';
import type { Cosigner, CosignOutcome } from '../cosign/cosigner.ts';
import type { Contradiction } from '../cosign/evidence.ts';

export interface AddCheckpointPorts {
  readonly cosigner: Cosigner;
  readonly keepEvidence: (contradiction: Contradiction) => string;
  readonly logger: Logger;
}

/** @throws what the store throws */
export function answerAddCheckpoint(body: Uint8Array, ports: AddCheckpointPorts): Response {
  const request = readRequest(body);
  if (typeof request === 'string') return answer(400, `${request}\n`);
  const outcome = ports.cosigner.add(request);
  if (outcome.status === 409 && outcome.why === 'root') report(outcome, request, ports);
  return answerOutcome(outcome);
}

/** @returns why it cannot be read, if it cannot */
function readRequest(body: Uint8Array): AddCheckpointRequest | string {
  try {
    return parseAddCheckpoint(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    if (error instanceof AuditError) return error.message;
    return 'request refused: it is not UTF-8';
  }
}

function answerOutcome(outcome: CosignOutcome): Response {
  switch (outcome.status) {
    case 200:
      return answer(200, renderCosignatures(outcome.cosignatures));
    case 400:
      return answer(400, `${outcome.why}\n`);
    case 403:
      return answer(403, 'no key of this log that the witness knows has signed the checkpoint\n');
    case 404:
      return answer(404, 'this witness does not follow a log of this origin\n');
    case 409:
      return outcome.why === 'size'
        ? answer(409, `${outcome.size}\n`, { 'content-type': 'text/x.tlog.size' })
        : answer(409, 'a checkpoint of this size with another root has been cosigned\n');
    case 422:
      return answer(
        422,
        outcome.why === 'time'
          ? 'the log says that it has signed this checkpoint before the cosigned one\n'
          : 'the proof does not lead from the cosigned checkpoint to this one\n',
      );
    case 429:
      return answer(429, 'this log has sent too many checkpoints\n', {
        'retry-after': String(outcome.waitSeconds),
      });
  }
}

/** The log has signed two histories. */
function report(
  { origin, head }: CosignOutcome & { status: 409; why: 'root' },
  { checkpoint }: AddCheckpointRequest,
  { keepEvidence, logger }: AddCheckpointPorts,
): void {
  if (head === undefined) return;
  const { size } = head;
  const file = keepEvidence({ origin, size, cosigned: head.checkpoint, refused: checkpoint });
  logger.error(
    { [LogField.origin]: origin, [LogField.size]: size, [LogField.file]: file },
    'a log has signed two checkpoints of one size with different roots: keep the file, and tell those who rely on the log',
  );
}

function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } });
}
