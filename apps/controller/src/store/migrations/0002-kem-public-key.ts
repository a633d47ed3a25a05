// What a node's keys are sealed to, so that a restarted controller can seal before the next benchmark. Not a secret.

export const kemPublicKey = {
  id: '0002-kem-public-key',
  sql: `
ALTER TABLE nodes ADD COLUMN kem_public_key TEXT;
`,
};
