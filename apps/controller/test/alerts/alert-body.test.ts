// The three forms of an alert.

import { expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { renderAlert } from '../../src/alerts/alert-body.ts';

const cut: Alert = {
  id: 'entry_7_00',
  event: 'cut',
  status: 'event',
  severity: 'warning',
  atMs: Date.UTC(2030, 0, 1),
  summary: 'node-a was quarantined (<!channel> & "co")',
  nodeId: 'node-a',
  epochId: 3,
  entry: { index: 7, type: 'node_quarantined', data: { why: 'x' } },
};
const flood: Alert = {
  id: 'finding_00',
  event: 'flood',
  status: 'firing',
  severity: 'warning',
  atMs: Date.UTC(2030, 0, 1),
  summary: 'the doors refuse a flood',
};
const context = { meshId: 'm1', dropped: 0 };
const read = (alert: Alert, template: 'json' | 'slack' | 'alertmanager', dropped = 0): unknown =>
  JSON.parse(renderAlert(alert, { ...context, dropped }, template));

it('the JSON form says everything, with the version of its schema', () => {
  expect(read(cut, 'json', 2)).toEqual({
    type: 'cut',
    timestamp: '2030-01-01T00:00:00.000Z',
    data: {
      schema_version: 1,
      id: 'entry_7_00',
      mesh_id: 'm1',
      status: 'event',
      severity: 'warning',
      summary: cut.summary,
      node_id: 'node-a',
      epoch_id: 3,
      entry: cut.entry,
      dropped: 2,
    },
  });
});

it('the form for Slack is one text, in which nothing is markup', () => {
  const { text } = read(cut, 'slack', 2) as { text: string };
  expect(text).toBe(
    '[m1] warning: node-a was quarantined (&lt;!channel&gt; &amp; "co") (2 alerts were not delivered)',
  );
  const long = read({ ...cut, summary: '&'.repeat(9_000) }, 'slack') as { text: string };
  expect(long.text).toMatch(/^\[m1\] warning: (&amp;)+$/);
});

it('the form for Alertmanager has the same labels at the beginning and at the end', () => {
  const [firing] = read(flood, 'alertmanager') as [Record<string, unknown>];
  const [over] = read({ ...flood, status: 'resolved', atMs: flood.atMs + 60_000 }, 'alertmanager') as [
    Record<string, unknown>,
  ];
  expect(firing).toEqual({
    labels: { alertname: 'MeshFlood', mesh_id: 'm1', severity: 'warning' },
    annotations: { summary: flood.summary },
    startsAt: '2030-01-01T00:00:00.000Z',
    endsAt: '2030-01-31T00:00:00.000Z',
  });
  expect(over.labels).toEqual(firing.labels);
  expect(over.endsAt).toBe('2030-01-01T00:01:00.000Z');
  const [once] = read(cut, 'alertmanager') as [Record<string, unknown>];
  expect(once).not.toHaveProperty('endsAt');
  expect(once.labels).toMatchObject({ node_id: 'node-a' });
});
