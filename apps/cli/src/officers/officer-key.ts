// An officer's key file: the 32 bytes of an Ed25519 seed in base64 on one line, mode 0600.

import { HostError } from '@mesh/host';
import { decodeBase64, PrimitivesError, type SecretBytes } from '@mesh/primitives';
import { CliError } from '../errors/cli-error.ts';
import type { Ports } from '../ports/ports.ts';

const SEED_BYTES = 32;

/** Reads the seed. The caller zeroes it. */
export function readOfficerKey(path: string, ports: Ports): Uint8Array {
  let file: SecretBytes;
  try {
    file = ports.readSecretFile(path);
  } catch (error) {
    if (error instanceof HostError && error.code === 'file_missing')
      throw new CliError(
        'usage',
        `${path} does not exist: name the file that meshctl officers keygen made with --key`,
        { cause: error },
      );
    if (error instanceof HostError) throw new CliError('usage', error.message, { cause: error });
    throw error;
  }
  try {
    return file.use((bytes) =>
      decodeBase64(Buffer.from(bytes).toString('latin1').trim(), { lengthBytes: SEED_BYTES }),
    );
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
    // The error gets no cause, because that could show a part of the key.
    throw new CliError('usage', `${path} holds no officer's key: make one with meshctl officers keygen`);
  } finally {
    file.dispose();
  }
}
