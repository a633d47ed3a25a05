// Secret files are refused unless they are private, and no error quotes them.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { SecretBytes } from '@mesh/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { readSecretFile, writeSecretFile } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const PLANTED = 'planted-secret-value';
let count = 0;
function plant(mode: number, content: string | Uint8Array = PLANTED): string {
  count += 1;
  const path = join(directory, `secret-${count}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
const textOf = (secret: SecretBytes) => Buffer.from(secret.copy()).toString('utf8');

describe('readSecretFile', () => {
  it.each([0o600, 0o400])('reads a file of mode %o', (mode) => {
    using secret = readSecretFile(plant(mode));
    expect(textOf(secret)).toBe(PLANTED);
  });

  it.each([0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o777])(
    'refuses mode %o, names the remedy and not the content',
    (mode) => {
      const path = plant(mode);
      const error = errorOf(() => readSecretFile(path));
      expect(error.code).toBe('file_unsafe');
      expect(error.message).toContain(`chmod 600 ${path}`);
      expect(inspect(error, { depth: 9 })).not.toContain(PLANTED);
    },
  );

  it('follows a link to a private file and refuses one to an open file', () => {
    const link = join(directory, 'link');
    symlinkSync(plant(0o600), link);
    using secret = readSecretFile(link);
    expect(textOf(secret)).toBe(PLANTED);
    symlinkSync(plant(0o644), `${link}2`);
    expect(errorOf(() => readSecretFile(`${link}2`)).code).toBe('file_unsafe');
  });

  describe('in the folder of systemd’s credentials', () => {
    afterEach(() => {
      delete process.env.CREDENTIALS_DIRECTORY;
    });

    it('reads what is root’s with an access list, which shows as mode 0440', () => {
      const path = plant(0o440);
      expect(errorOf(() => readSecretFile(path)).code).toBe('file_unsafe');
      process.env.CREDENTIALS_DIRECTORY = `${directory}/`;
      using secret = readSecretFile(path);
      expect(textOf(secret)).toBe(PLANTED);
    });

    it('refuses other modes, owners and folders', () => {
      process.env.CREDENTIALS_DIRECTORY = directory;
      for (const mode of [0o444, 0o460, 0o640, 0o441])
        expect(errorOf(() => readSecretFile(plant(mode))).code).toBe('file_unsafe');
      const ofGroup = plant(0o440);
      chownSync(ofGroup, 0, 12_345);
      expect(errorOf(() => readSecretFile(ofGroup)).code).toBe('file_unsafe');
      const nested = join(directory, 'nested');
      mkdirSync(nested);
      writeFileSync(join(nested, 'secret'), PLANTED);
      chmodSync(join(nested, 'secret'), 0o440);
      expect(errorOf(() => readSecretFile(join(nested, 'secret'))).code).toBe('file_unsafe');
    });
  });

  it('refuses a file of another user', () => {
    const path = plant(0o600);
    if (process.getuid?.() === 0) {
      chownSync(path, 12_345, 12_345);
      expect(errorOf(() => readSecretFile(path)).message).toContain('belongs to user 12345');
      chownSync(path, 0, 0);
    } else {
      // Only root can give a file to another user. Others cannot even open a private file of root.
      expect(errorOf(() => readSecretFile('/proc/1/environ')).code).toBe('file_io');
    }
    readSecretFile(path).dispose();
  });

  it('refuses folders and FIFOs without waiting for a writer', () => {
    const folder = join(directory, 'folder');
    mkdirSync(folder, { mode: 0o700 });
    expect(errorOf(() => readSecretFile(folder)).code).toBe('file_unsafe');
    const fifo = join(directory, 'fifo');
    spawnSync('mkfifo', ['-m', '600', fifo]);
    expect(statSync(fifo).isFIFO()).toBe(true);
    expect(errorOf(() => readSecretFile(fifo)).code).toBe('file_unsafe');
  });

  it('reports a missing file', () => {
    expect(errorOf(() => readSecretFile(join(directory, 'none'))).code).toBe('file_missing');
  });

  it('accepts maxBytes and not one byte more', () => {
    using exact = readSecretFile(plant(0o600, new Uint8Array(32)), { maxBytes: 32 });
    expect(exact.lengthBytes).toBe(32);
    expect(errorOf(() => readSecretFile(plant(0o600, new Uint8Array(33)), { maxBytes: 32 })).code).toBe(
      'file_too_large',
    );
    using empty = readSecretFile(plant(0o600, ''));
    expect(empty.lengthBytes).toBe(0);
  });
});

describe('writeSecretFile', () => {
  it('writes what readSecretFile accepts, from bytes and from a secret', () => {
    const path = join(directory, 'written');
    writeSecretFile(path, Buffer.from('one'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    using secret = SecretBytes.own(new Uint8Array(Buffer.from('two')));
    writeSecretFile(path, secret);
    expect(textOf(readSecretFile(path))).toBe('two');
    expect(textOf(secret)).toBe('two');
  });

  it('leaves the old file under another link as it is', () => {
    const path = join(directory, 'linked');
    writeSecretFile(path, Buffer.from('old'));
    linkSync(path, `${path}.copy`);
    writeSecretFile(path, Buffer.from('new'));
    expect(readFileSync(`${path}.copy`, 'utf8')).toBe('old');
  });

  it('keeps an existing key when told not to overwrite', () => {
    const path = join(directory, 'key');
    writeSecretFile(path, Buffer.from('first'), { overwrite: false });
    const error = errorOf(() => writeSecretFile(path, Buffer.from(PLANTED), { overwrite: false }));
    expect(error.code).toBe('file_exists');
    expect(inspect(error, { depth: 9 })).not.toContain(PLANTED);
    expect(readFileSync(path, 'utf8')).toBe('first');
  });

  it('never quotes the content when it fails', () => {
    const error = errorOf(() => writeSecretFile(join(directory, 'no', 'such'), Buffer.from(PLANTED)));
    expect(inspect(error, { depth: 9 })).not.toContain(PLANTED);
    expect(inspect(error, { depth: 9 })).not.toContain(Buffer.from(PLANTED).toString('hex').slice(0, 10));
  });
});
