// The forms that receivers want an alert in.

import { defined, formatRfc3339 } from '@mesh/primitives';
import type { WebhookSetting } from '../settings/alerts-setting.ts';
import type { Alert } from './alert.ts';

/** What a receiver is told beside the alert. */
export interface AlertContext {
  readonly meshId: string;
  /** How many alerts the receiver was never told of. */
  readonly dropped: number;
}

/**
 * The version of the JSON form. Fields are only added; a field that changes its meaning or goes makes it
 * higher.
 */
export const ALERT_SCHEMA_VERSION = 1;

/** How long an alert that goes on stays in Alertmanager unless its end is told. */
const GOES_ON_FOR_MS = 30 * 86_400_000;
/** Slack shows no more of a text. */
const LONGEST_SLACK_TEXT = 3_000;

export function renderAlert(
  alert: Alert,
  context: AlertContext,
  template: WebhookSetting['template'],
): string {
  if (template === 'slack') return slackBody(alert, context);
  return JSON.stringify(
    template === 'alertmanager' ? alertmanagerBody(alert, context) : jsonBody(alert, context),
  );
}

/** The JSON form, which command hooks read from their standard input too. */
function jsonBody({ id, event, status, severity, atMs, ...rest }: Alert, context: AlertContext) {
  const { summary, subject, nodeId, epochId, entry } = rest;
  return {
    type: event,
    timestamp: formatRfc3339(atMs),
    data: {
      schema_version: ALERT_SCHEMA_VERSION,
      id,
      mesh_id: context.meshId,
      status,
      severity,
      summary,
      subject,
      node_id: nodeId,
      epoch_id: epochId,
      entry,
      dropped: context.dropped,
    },
  };
}

/** https://docs.slack.dev/messaging/formatting-message-text: these three characters are its markup. */
const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function slackBody({ severity, status, summary }: Alert, { meshId, dropped }: AlertContext): string {
  const what = status === 'resolved' ? 'over' : severity;
  const lost = dropped === 0 ? '' : ` (${dropped} alerts were not delivered)`;
  const text = `[${meshId}] ${what}: ${summary}${lost}`.slice(0, LONGEST_SLACK_TEXT);
  return JSON.stringify({ text: escapeSlack(text), unfurl_links: false, unfurl_media: false });
}

/**
 * Of Alertmanager's API, version 2. The labels are the same at the beginning and at the end. What has no end
 * gets none, and Alertmanager resolves it after its `resolve_timeout`.
 */
function alertmanagerBody({ event, status, atMs, summary, ...rest }: Alert, { meshId }: AlertContext) {
  const { severity, subject, nodeId, entry } = rest;
  const endsAtMs = status === 'resolved' ? atMs : atMs + GOES_ON_FOR_MS;
  return [
    {
      labels: {
        alertname: `Mesh${event.charAt(0).toUpperCase()}${event.slice(1)}`,
        mesh_id: meshId,
        severity,
        ...defined({ node_id: nodeId, subject }),
      },
      annotations: { summary, ...(entry === undefined ? {} : { log_index: String(entry.index) }) },
      ...(status === 'resolved' ? {} : { startsAt: formatRfc3339(atMs) }),
      ...(status === 'event' ? {} : { endsAt: formatRfc3339(endsAtMs) }),
    },
  ];
}
