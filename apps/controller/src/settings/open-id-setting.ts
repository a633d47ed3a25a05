// The setting `dashboard.oidc`: the OpenID provider that people sign in to the dashboard with, and which of
// its groups have which role.

import { checks } from '@mesh/host';
import { adminRole } from '@mesh/protocol';
import * as z from 'zod';

const path = z.string().min(1, 'write the path of a file');
const text = z.string().min(1).max(256);
/** RFC 6749 section 3.3. */
const scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, 'write one scope, without spaces');
const MOST_GROUPS = 256;

export const openIdSetting = z.strictObject({
  /** The provider, as its discovery document names it. */
  issuer: z.string().max(1_024).superRefine(checks(checkIssuer)),
  client_id: text,
  /**
   * A file (0600) or a systemd credential with the client's secret. Without it the client is a public one.
   */
  client_secret_file: path.optional(),
  /** What the page calls the provider; by default the host of the issuer. */
  name: text.optional(),
  /**
   * Where browsers reach the dashboard, if that is not the first of `public_names` at the port of the public
   * listener. The provider sends them back to `/dashboard/` there.
   */
  public_url: z.string().max(1_024).superRefine(checks(checkPublicUrl)).optional(),
  /** What is asked for beside `openid`. */
  scopes: z.array(scope).max(32).default(['profile']),
  /** The claim that names a person's groups: a text or a list of texts. */
  groups_claim: text.default('groups'),
  /**
   * The role of each group. If a person has several roles, the strongest counts. A person in none of these
   * groups is refused.
   */
  roles: z
    .record(text, adminRole)
    .refine(
      (roles) => Object.keys(roles).length > 0,
      'name a group and its role, such as mesh-admins: operator',
    )
    .refine((roles) => Object.keys(roles).length <= MOST_GROUPS, `name at most ${MOST_GROUPS} groups`),
  /** The person must have signed in at the provider in one of these ways (`acr`). */
  acr_values: z.array(text).min(1).max(16).optional(),
  /** The person must have signed in at the provider no longer ago than this. */
  max_age_seconds: z.number().int().min(0).max(31_536_000).optional(),
  /** PEM: the only CA that the provider's certificate may be of. */
  ca_file: path.optional(),
});
export type OpenIdSetting = z.output<typeof openIdSetting>;

function checkIssuer(issuer: string): void {
  const url = plainHttps(issuer, 'https://id.example.org/realms/example');
  if (url.search !== '' || url.hash !== '') throw new Error('an issuer has no query and no fragment');
}

function checkPublicUrl(given: string): void {
  const url = plainHttps(given, 'https://mesh.example.org');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || given.endsWith('/'))
    throw new Error('write the URL up to the host and port: the dashboard is at /dashboard/ there');
}

function plainHttps(given: string, example: string): URL {
  const url = URL.parse(given);
  if (url === null || url.protocol !== 'https:') throw new Error(`write an https URL such as ${example}`);
  if (url.username !== '' || url.password !== '') throw new Error('leave user and password out of the URL');
  return url;
}
