// Masks a secret, so that the masked form does not contain the secret.

export const DRAWN_CHANNEL = 'drawn-secrets';
const MASK = 0x5a;

/** Masks or unmasks: the function is its own inverse. */
export const masked = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ MASK);
