// A secret in a form that is not the secret.

export const DRAWN_CHANNEL = 'drawn-secrets';
const MASK = 0x5a;

/** Its own inverse. */
export const masked = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ MASK);
