// Signs what is posted to a webhook: Standard Webhooks 1.0.0, symmetric signatures.

import { createHmac } from 'node:crypto';
import { decodeBase64, PrimitivesError } from '@mesh/primitives';

const PREFIX = 'whsec_';
/** Of the key, in bytes. */
const SHORTEST = 24;
const LONGEST = 64;

export interface WebhookMessage {
  /** The same for each try. Without a full stop. */
  readonly id: string;
  /** Of this try, seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The key in the text of a secret, `whsec_` and the base64 of 24 to 64 bytes. Spaces and line ends around it
 * do not count.
 *
 * @throws Error that does not hold the text
 */
export function parseWebhookSecret(text: string): Uint8Array {
  const trimmed = text.trim();
  const key = trimmed.startsWith(PREFIX) ? readBase64(trimmed.slice(PREFIX.length)) : undefined;
  if (key === undefined || key.length < SHORTEST || key.length > LONGEST)
    throw new Error(
      `holds no secret of a webhook: write one with  echo "whsec_$(openssl rand -base64 32)"  and give the receiver the same`,
    );
  return key;
}

/** The headers that identify and sign a message. */
export function webhookHeaders(
  { id, timestamp, body }: WebhookMessage,
  key: Uint8Array,
): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}

function readBase64(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof PrimitivesError) return undefined;
    throw error;
  }
}
