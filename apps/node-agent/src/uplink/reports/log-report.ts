// What is reported to the controller of its log: that it is refused, and this node's cosignature of the head
// that it has accepted.

import { ed25519CosignedMessage } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import type { LogCosignature, Sign } from '@mesh/protocol';
import type { Trouble } from '../../events/trouble.ts';
import { checkpointTextOf, type LogHead } from '../../log/log-head.ts';
import type { LogWatch } from '../../log/log-watch.ts';

export interface LogReport {
  /** Why heads are refused; undefined if none is. */
  readonly trouble: Trouble | undefined;
  /** The head to cosign; undefined if the controller has this node's cosignature of the newest one. */
  readonly toCosign: (LogHead & { readonly origin: string }) | undefined;
}

const NOTHING: LogReport = { trouble: undefined, toCosign: undefined };

/** Empty for a controller that has proved no head in this run: it may not know these fields. */
export function logReport(log: Pick<LogWatch, 'isProved' | 'refusal' | 'toCosign' | 'origin'>): LogReport {
  if (!log.isProved) return NOTHING;
  const { refusal, toCosign: head, origin } = log;
  return {
    trouble: refusal && { sinceMs: refusal.sinceMs, code: refusal.code, message: refusal.message },
    toCosign: head && origin !== undefined ? { ...head, origin } : undefined,
  };
}

/**
 * A C2SP cosignature of a head. Its key is the node's identity key under the name that `memberCosigner`
 * gives; the name is no part of what is signed.
 *
 * @param timeSeconds since 1970
 */
export function cosign(
  { origin, ...head }: NonNullable<LogReport['toCosign']>,
  timeSeconds: number,
  sign: Sign,
): LogCosignature {
  const message = ed25519CosignedMessage(checkpointTextOf(origin, head), timeSeconds);
  const signature = encodeBase64(sign(message));
  return { size: head.size, root_hash: head.rootHash, time: timeSeconds, signature };
}
