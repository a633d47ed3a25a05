/** Tells which names hold a secret. Log lines and configuration listings censor their values. */

export const CENSORED = '[secret]';

const SECRET =
  /secret|token|psk|presharedkey|privatekey|password|passphrase|passwd|masterkey|apikey|signingkey|seed|credential|authorization|cookie/;

// Last words of names that only describe a secret, which operators need to see: token_id, secret_hash,
// psk_file.
const ABOUT_A_SECRET = /^(file|path|dir|hash|sha256|commitment|id|count|bytes|seconds|ms|at)$/;

/** `pskBase64`, `join-token`, `PRIVATE_KEY` → true; `token_id`, `secret_hash`, `psk_file` → false. */
export function isSecretName(name: string): boolean {
  const flat = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (!SECRET.test(flat)) return false;
  const lastWord = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .at(-1);
  return lastWord === undefined || !ABOUT_A_SECRET.test(lastWord) || SECRET.test(lastWord);
}
