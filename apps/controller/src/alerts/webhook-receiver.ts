// A webhook: posts alerts to a URL. The URL and the secret are read for each try, so that a new secret needs
// no restart.

import { readFileSync } from 'node:fs';
import { errorCodeOf, HostError, pemCertificates, readSecretFile } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import { parseWebhookUrl, type WebhookSetting } from '../settings/alerts-setting.ts';
import { renderAlert } from './alert-body.ts';
import type { Post, PostAnswer } from './http-post.ts';
import type { Delivery, Receiver } from './receiver.ts';
import { parseWebhookSecret, webhookHeaders } from './standard-webhook.ts';

export interface WebhookPorts {
  readonly meshId: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly post: Post;
}

/** That the body is to blame: RFC 9110 sections 15.5.1, 15.5.14, 15.5.16 and 15.5.21. */
const REFUSALS = [400, 413, 415, 422];

/** @throws ControllerError `usage` for a file that cannot be read or does not hold what it should */
export function webhookReceiver(setting: WebhookSetting, ports: WebhookPorts): Receiver {
  const { name, events, timeout_seconds: seconds, template } = setting;
  const { url } = readFiles(setting);
  return {
    name,
    kind: 'webhook',
    target: `${url.host} (${template})`,
    events,
    timeoutMs: seconds * 1_000,
    deliver: async (alert, dropped, signal) => {
      try {
        const { url: now, key, ca } = readFiles(setting);
        const body = renderAlert(alert, { meshId: ports.meshId, dropped }, template);
        const message = { id: alert.id, timestamp: Math.floor(ports.nowMs() / 1_000), body };
        const headers = {
          'content-type': 'application/json',
          'user-agent': `aligned-mesh-controller/${ports.version}`,
          ...(key === undefined ? { 'webhook-id': alert.id } : webhookHeaders(message, key)),
        };
        return judge(await ports.post(now, { headers, body, signal, ...defined({ ca }) }));
      } catch (error) {
        return { kind: 'failed', why: error instanceof Error ? error.message : 'unknown' };
      }
    },
  };
}

function judge({ status, retryAfterMs }: PostAnswer): Delivery {
  if (status >= 200 && status < 300) return { kind: 'delivered', answer: `HTTP ${status}` };
  const isRedirect = status >= 300 && status < 400;
  return {
    kind: 'failed',
    why: isRedirect
      ? `HTTP ${status}: redirects are not followed, so write the URL it leads to`
      : `HTTP ${status}`,
    ...defined({ waitMs: retryAfterMs }),
    ...(REFUSALS.includes(status) ? { isRefused: true } : {}),
  };
}

interface Files {
  readonly url: URL;
  readonly key: Uint8Array | undefined;
  readonly ca: string | undefined;
}

function readFiles({ name, url, url_file, secret_file, ca_file, insecure_http }: WebhookSetting): Files {
  const secret = (setting: string, path: string) =>
    explained(`alerts.webhooks, ${name}: ${setting} ${path}`, () => {
      const bytes = readSecretFile(path, { maxBytes: 4_096 });
      try {
        return bytes.use((content) => new TextDecoder().decode(content));
      } finally {
        bytes.dispose();
      }
    });
  const address = url_file === undefined ? (url ?? '') : secret('url_file', url_file).trim();
  return {
    url: explained(`alerts.webhooks, ${name}: ${url_file ?? 'url'}`, () =>
      parseWebhookUrl(address, insecure_http),
    ),
    key:
      secret_file === undefined
        ? undefined
        : explained(`alerts.webhooks, ${name}: ${secret_file}`, () =>
            parseWebhookSecret(secret('secret_file', secret_file)),
          ),
    ca:
      ca_file === undefined
        ? undefined
        : explained(`alerts.webhooks, ${name}: ca_file ${ca_file}`, () => readCa(ca_file)),
  };
}

function readCa(path: string): string {
  const blocks = pemCertificates(readFileSync(path, 'latin1'));
  if (blocks.length === 0) throw new Error('holds no PEM certificate: name the file of the CA');
  return blocks.join('\n');
}

function explained<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    const code = error instanceof HostError ? undefined : errorCodeOf(error);
    const why = code === undefined ? (error as Error).message : `cannot be read (${code}): check its path`;
    throw new ControllerError('usage', `${what}: ${why}`, { cause: error });
  }
}
