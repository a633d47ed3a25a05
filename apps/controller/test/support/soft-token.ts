// A PKCS#11 token for tests: SoftHSM with its objects in a folder.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSoftHsm } from '../../../../scripts/ensure-softhsm.mjs';

const softHsm = ensureSoftHsm();

export const PIN = '73915';

/** Makes an AES-256 key that cannot leave the token. Arguments: library, PIN, label. */
const MAKE_KEY = `
const p = require('pkcs11js');
const [library, pin, label] = process.argv.slice(1);
const token = new p.PKCS11();
token.load(library);
token.C_Initialize();
const slot = token.C_GetSlotList(true).find((one) => token.C_GetTokenInfo(one).label.trim() === 'mesh');
const session = token.C_OpenSession(slot, p.CKF_SERIAL_SESSION | p.CKF_RW_SESSION);
token.C_Login(session, p.CKU_USER, pin);
const values = { CLASS: p.CKO_SECRET_KEY, KEY_TYPE: p.CKK_AES, VALUE_LEN: 32, LABEL: label, TOKEN: true,
  PRIVATE: true, SENSITIVE: true, EXTRACTABLE: false, ENCRYPT: true, DECRYPT: true };
token.C_GenerateKey(session, { mechanism: p.CKM_AES_KEY_GEN },
  Object.entries(values).map(([name, value]) => ({ type: p['CKA_' + name], value })));
token.C_Finalize();
`;

export class SoftToken {
  readonly #folder: string;
  /** The library of the token. */
  readonly module: string;
  /** What a process needs to find the token. */
  readonly env: Record<string, string>;

  /** @throws Error if SoftHSM or its addon cannot be had */
  constructor(folder: string) {
    if (softHsm.failure !== undefined) throw new Error(`no PKCS#11 token: ${softHsm.failure}`);
    this.module = softHsm.module;
    this.#folder = join(folder, 'tokens');
    mkdirSync(this.#folder);
    const conf = join(folder, 'softhsm2.conf');
    writeFileSync(conf, `directories.tokendir = ${this.#folder}\nobjectstore.backend = file\n`);
    this.env = { SOFTHSM2_CONF: conf, NODE_PATH: softHsm.nodePath };
    const args = ['--init-token', '--free', '--label', 'mesh', '--so-pin', '00000000', '--pin', PIN];
    execFileSync(softHsm.util, ['--module', softHsm.module, ...args], {
      env: { ...process.env, ...this.env },
    });
  }

  makeKey(label: string): void {
    const args = ['-e', MAKE_KEY, this.module, PIN, label];
    execFileSync(process.execPath, args, { env: { ...process.env, ...this.env } });
  }

  /** Takes the token away for good. */
  lose(): void {
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), { recursive: true });
  }
}
