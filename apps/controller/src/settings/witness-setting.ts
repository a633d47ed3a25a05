// The witnesses of the log, in the setting `log`.

import { parseVerifierKey } from '@mesh/audit';
import { checks } from '@mesh/host';
import * as z from 'zod';

/** Answers hold a cosignature for each key: these are more than any witness has. */
const MAX_KEYS = 4;
const MAX_WITNESSES = 32;

const witnessSetting = z.strictObject({
  /** Its submission prefix. */
  url: z.string().superRefine(checks(checkWitnessUrl)),
  /** Its verifier keys, as it prints them. */
  keys: z
    .array(z.string().superRefine(checks(checkWitnessKey)))
    .min(1)
    .max(MAX_KEYS),
});

export const witnessesSetting = z
  .array(witnessSetting)
  .max(MAX_WITNESSES)
  .superRefine((witnesses, context) => {
    for (const part of ['url', 'keys'] as const) {
      const named = witnesses.flatMap((witness) => witness[part]);
      if (new Set(named).size < named.length)
        context.addIssue({
          code: 'custom',
          message: 'name each witness once: two of them would count as one',
        });
    }
  })
  .default([]);

function checkWitnessUrl(text: string): void {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new Error('write a URL such as https://witness.example.org');
  if (url.username !== '' || url.password !== '') throw new Error('a witness is asked without a password');
  if (text.endsWith('/')) throw new Error('leave the slash at its end away');
}

function checkWitnessKey(text: string): void {
  const { kind } = parseVerifierKey(text);
  if (kind === 'ed25519') throw new Error('it is the key of a log; a witness has keys for cosignatures');
}
