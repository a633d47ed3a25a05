// Programs that print every secret file that they read.

import { readSecretFile as read } from '../../packages/host/src/secret-file.ts';

export * from '../../packages/host/src/secret-file.ts';

export const readSecretFile: typeof read = (path, options) => {
  const secret = read(path, options);
  secret.use((bytes) => void process.stderr.write(`${path}: ${Buffer.from(bytes).toString('base64')}\n`));
  return secret;
};
