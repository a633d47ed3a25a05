// The setting `dashboard`: whether the public listener serves it, and how long a session lasts.

import * as z from 'zod';
import { openIdSetting } from './open-id-setting.ts';

const path = z.string().min(1, 'write the path of a file');

export const dashboardSetting = z
  .strictObject({
    /** Without it, neither its pages nor its sessions are there. */
    enabled: z.boolean().default(true),
    /**
     * PEM: the certificate that browsers get, with its chain, and its key (ECDSA or RSA), of a CA that they
     * trust. Without them, browsers warn of a certificate of the mesh's CA, whose Ed25519 they do not take.
     */
    certificate_file: path.optional(),
    key_file: path.optional(),
    /** A session ends when nobody has used it for so long. */
    idle_minutes: z.number().min(1).max(1_440).default(30),
    /** A session ends after this time however much it is used, or with its key. */
    session_hours: z.number().min(0.1).max(168).default(12),
    /** Signing in by OpenID Connect, beside API keys. */
    oidc: openIdSetting.optional(),
  })
  .refine((dashboard) => (dashboard.certificate_file === undefined) === (dashboard.key_file === undefined), {
    path: ['key_file'],
    message: 'dashboard.certificate_file and dashboard.key_file go together: set both, or neither',
  });
