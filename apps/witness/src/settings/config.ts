// The witness's configuration: file, environment and flags in one schema with one set of defaults.

import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseVerifierKey } from '@mesh/audit';
import { checks } from '@mesh/host';
import * as z from 'zod';

/** The name of a key: signed-note forbids spaces and pluses, and ML-DSA-44 more than 255 bytes. */
const keyName = z
  .string()
  .regex(/^[!-*,-~]{1,255}$/, 'write a name like witness.example.org/w1, without spaces or pluses');

const witnessedLog = z.strictObject({
  /** The first line of the log's checkpoints. */
  origin: z.string().regex(/^[^\n]{1,1024}$/u, 'write the first line of the log’s checkpoints'),
  /** The keys of the log, as name+id+base64. One of them has to have signed a checkpoint. */
  keys: z
    .array(z.string().superRefine(checks(parseVerifierKey)))
    .min(1)
    .max(8),
});

export const witnessConfig = z.strictObject({
  /**
   * The name in this witness's cosignatures. Logs and verifiers know it with its keys: it cannot be changed.
   */
  name: keyName,
  /** The directory of keys, database, lock and evidence. */
  data_dir: z.string().min(1, 'write the path of a directory').default('/var/lib/mesh-witness'),
  listen: z
    .strictObject({
      /** Plain HTTP: a web server in front of it does TLS. */
      host: z.string().min(1).default('127.0.0.1'),
      /** 0 takes a free port and writes it to the log. */
      port: z.number().int().min(0).max(65_535).default(8446),
    })
    .prefault({}),
  logs: z
    .array(witnessedLog)
    .max(10_000)
    .superRefine((logs, context) => {
      if (new Set(logs.map(({ origin }) => origin)).size < logs.length)
        context.addIssue({ code: 'custom', message: 'name each origin once, with all its keys' });
    })
    .default([]),
  /** Addresses of web servers in front of this one, whose X-Forwarded-For is believed. */
  trusted_proxies: z
    .array(z.string().refine((address) => isIP(address) !== 0, 'write an IP address'))
    .default([]),
  limits: z
    .strictObject({
      /** Requests of one source address (IPv6: one /64). */
      address_per_minute: z.number().int().min(1).default(600),
      /** How often a log's head may grow. */
      log_per_minute: z.number().int().min(1).default(60),
    })
    .prefault({}),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type WitnessConfig = z.output<typeof witnessConfig>;

export function pathsOf({ data_dir }: Pick<WitnessConfig, 'data_dir'>) {
  return {
    keys: join(data_dir, 'witness.key'),
    database: join(data_dir, 'witness.db'),
    lock: join(data_dir, 'witness.lock'),
    evidence: join(data_dir, 'evidence'),
  };
}
