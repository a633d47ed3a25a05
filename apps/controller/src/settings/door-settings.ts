// Settings of the listeners: where they listen, and whom they believe about what.

import { checks } from '@mesh/host';
import { adminRole } from '@mesh/protocol';
import * as z from 'zod';
import { checkListenHost } from './address-forms.ts';
import { networkListOf } from './proxy-address.ts';

export const port = z.number().int().min(0).max(65_535);

export const listener = (defaultPort: number) =>
  z.strictObject({
    /** `::` is every address of both families, or of IPv4 alone where the machine has no IPv6. */
    host: z.string().superRefine(checks(checkListenHost)).default('::'),
    /** 0 takes a free port and writes it to the log. */
    port: port.default(defaultPort),
  });

export const adminCertificates = z
  .array(
    z.strictObject({
      common_name: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must match [A-Za-z0-9][A-Za-z0-9._@-]{0,63}'),
      role: adminRole,
    }),
  )
  .max(256)
  .superRefine((certificates, context) => {
    if (new Set(certificates.map(({ common_name }) => common_name)).size < certificates.length)
      context.addIssue({ code: 'custom', message: 'two entries have the same common_name' });
  });

export const trustedProxies = z
  .array(
    z.strictObject({
      /** An address, or a network as ADDRESS/LENGTH. */
      address: z.string().superRefine(checks(networkListOf)),
      /**
       * `proxy_protocol`: its header, version 1 or 2, begins every connection. `x_forwarded_for`: the HTTP
       * header, which counts on the public listener only.
       */
      tells: z.enum(['proxy_protocol', 'x_forwarded_for']),
    }),
  )
  .max(64);
