// A webhook: posts alerts to a URL. The URL and the secret are read for each try, so that a new secret needs
// no restart.

import { defined } from '@mesh/primitives';
import { parseWebhookUrl, type WebhookSetting } from '../settings/alerts-setting.ts';
import { explained, readNamedCa, readNamedSecret } from '../settings/read-named-file.ts';
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
  const of = `alerts.webhooks, ${name}:`;
  const address = url_file === undefined ? (url ?? '') : readNamedSecret(`${of} url_file`, url_file).trim();
  return {
    url: explained(`${of} ${url_file ?? 'url'}`, () => parseWebhookUrl(address, insecure_http)),
    key:
      secret_file === undefined
        ? undefined
        : explained(`${of} ${secret_file}`, () =>
            parseWebhookSecret(readNamedSecret(`${of} secret_file`, secret_file)),
          ),
    ca: ca_file === undefined ? undefined : readNamedCa(`${of} ca_file`, ca_file),
  };
}
