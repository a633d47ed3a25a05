// Where the master key is: in a file, in a variable, or wrapped in a file by the key of a PKCS#11 token.

import * as z from 'zod';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const text = (fault: string) => z.string().min(1, fault);

const token = z
  .strictObject({
    /** The PKCS#11 library of the token's maker. */
    module: z.string().startsWith('/', 'write the whole path of the library'),
    /** The label of the token. */
    token: text('write the label').max(32, 'a label has at most 32 characters'),
    /** The label of an AES-256 key in it. */
    key: text('write the label').max(255),
    /** A file (0600) or a systemd credential with the PIN. */
    pin_file: text('write the path of a file').optional(),
    /** The name of an environment variable with the PIN, in place of the file. */
    pin_env: z.string().regex(VARIABLE, 'write the name of a variable, such as MESH_TOKEN_PIN').optional(),
  })
  .refine(({ pin_file, pin_env }) => (pin_file === undefined) !== (pin_env === undefined), {
    message: 'say where the PIN is: pin_file or pin_env, one of them',
    path: ['pin_file'],
  });

export const masterKeySettings = {
  /**
   * The file of the 32-byte key that unseals the database, or of what the token's key made of it. Keep it
   * apart from the database's backups.
   */
  master_key_file: text('write the path of a file').default('/etc/aligned-mesh/master.key'),
  /** The name of an environment variable with base64 of that key, in place of the file. */
  master_key_env: z
    .string()
    .regex(VARIABLE, 'write the name of a variable, such as MESH_MASTER_KEY')
    .optional(),
  /** The key in a token that wraps the key in the file. */
  master_key_pkcs11: token.optional(),
};
