// The setting `alerts`: who is told when something happens that an operator should know of, and of what.

import * as z from 'zod';

/** What receivers can be told of. */
export const ALERT_EVENTS = [
  /** A node was denied, quarantined or revoked, or a class was revoked. */
  'cut',
  'probation',
  'admission',
  /** The safety brake stopped one cause from cutting more nodes, or somebody decided about those it held. */
  'brake',
  /** An examiner lost its role, because the others have outvoted it. */
  'examiner',
  /** The doors refuse a flood. */
  'flood',
  /** The wall clock jumped. */
  'clock',
  /** The database takes no writes. */
  'storage',
  /** A witness has not cosigned for some minutes. */
  'witness',
  /** A node or a witness says that the log contradicts itself. */
  'fork',
  /** The CA's certificate, or that of a node that is in, ends soon. */
  'certificate',
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

const MOST_RECEIVERS = 16;
const MOST_ARGUMENTS = 64;

const common = {
  /** How operators and metrics call it. What was delivered is remembered under this name. */
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'write up to 32 small letters, digits and hyphens'),
  events: z
    .array(z.enum(ALERT_EVENTS))
    .min(1)
    .default([...ALERT_EVENTS]),
  /** After how many seconds without an end a try counts as failed. */
  timeout_seconds: z.number().min(1).max(60).default(10),
};
const path = z.string().min(1, 'write the path of a file');

const webhook = z
  .strictObject({
    ...common,
    /** Where alerts are posted to. */
    url: z.string().optional(),
    /** A file with the URL, mode 0600, if anyone who knows the URL can post. */
    url_file: path.optional(),
    /** A file with the secret that signs what is sent, mode 0600: `whsec_` and base64. */
    secret_file: path.optional(),
    template: z.enum(['json', 'slack', 'alertmanager']).default('json'),
    /** PEM: the only CA that the receiver's certificate may be of. */
    ca_file: path.optional(),
    /** Also http: what is sent is signed and not encrypted. */
    insecure_http: z.boolean().default(false),
  })
  .superRefine(({ url, url_file, secret_file, template, insecure_http }, context) => {
    const add = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message });
    if ((url === undefined) === (url_file === undefined))
      add('url', 'give the address once: as url, or as url_file with the name of a file that holds it');
    if (url !== undefined && template === 'slack')
      add(
        'url',
        'anyone who knows the URL of a Slack webhook can post: put it into a file, and name that as url_file',
      );
    const problem = url === undefined ? undefined : problemOf(url, insecure_http);
    if (problem !== undefined) add('url', problem);
    if (secret_file === undefined && template === 'json')
      add('secret_file', 'name a file with the secret that signs what is sent');
  });

const command = z.strictObject({
  ...common,
  /** The program, by its absolute path, and its arguments. No shell reads them. */
  run: z
    .array(z.string().refine((text) => !text.includes('\0'), 'an argument cannot hold a NUL'))
    .min(1)
    .max(MOST_ARGUMENTS)
    .refine(([program = '']) => program.startsWith('/'), 'write the absolute path of the program'),
});

export type WebhookSetting = z.output<typeof webhook>;
export type CommandSetting = z.output<typeof command>;

export const alertsSetting = z
  .strictObject({
    webhooks: z.array(webhook).max(MOST_RECEIVERS).default([]),
    commands: z.array(command).max(MOST_RECEIVERS).default([]),
  })
  .superRefine(({ webhooks, commands }, context) => {
    const names = [...webhooks, ...commands].map(({ name }) => name);
    if (new Set(names).size < names.length)
      context.addIssue({
        code: 'custom',
        message: 'give each receiver a name of its own: what was delivered is remembered by it',
      });
  });

/**
 * Reads the URL of a webhook.
 *
 * @throws Error that does not hold the URL, which may be a secret
 */
export function parseWebhookUrl(text: string, allowsHttp: boolean): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hash !== '')
    throw new Error('write a URL such as https://alerts.example.org/mesh');
  if (url.username !== '' || url.password !== '')
    throw new Error('leave user and password out of the URL: what is sent is signed');
  if (url.protocol === 'http:' && !allowsHttp)
    throw new Error('write an https URL, or set insecure_http: true to send alerts unencrypted');
  return url;
}

function problemOf(url: string, allowsHttp: boolean): string | undefined {
  try {
    parseWebhookUrl(url, allowsHttp);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
