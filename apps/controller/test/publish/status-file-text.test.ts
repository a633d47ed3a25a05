// status.json is rendered some nodes at a time, and its text is that of the whole.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, systemClock } from '@mesh/host';
import { MeshState, type NodeRecord } from '@mesh/membership';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { StatusFileWriter } from '../../src/publish/status-file.ts';
import { StatusText } from '../../src/publish/status-text.ts';

function sourcesOf(count: number) {
  const view = new MeshState(parseMeshId('mesh'));
  const nodes = Array.from({ length: count }, (_, at) => ({
    nodeId: `node-${at}`,
    addresses: [],
    wgPublicKeys: {},
    updatedAtMs: at,
    enrolledAtMs: at,
    latest:
      at % 2 === 0
        ? undefined
        : {
            scores: { overall: at / 1_000 },
            measuredAtMs: at,
            arrivedAtMs: at,
            suiteVersion: 'a "nodes": {} suite',
          },
  }));
  view.merge({ nodes: nodes as unknown as NodeRecord[], tokens: [], epochs: undefined });
  const standing = (node: NodeRecord) => ({
    allowed: true,
    declining: false,
    membership: 'ALLOWED' as const,
    reasonCode: 'ok',
    reason: '',
    publicReason: `${node.nodeId} is "in"`,
  });
  return {
    view,
    expiryOf: () => 0,
    standing,
    warnings: () => ['one', 'two'],
    limitOf: () => undefined,
    clock: systemClock,
  };
}

describe.each([0, 1, 255, 256, 257, 600])('status.json of %i nodes', (count) => {
  it('is the JSON of all of them, indented by 2, with one line feed at its end', () => {
    const pieces = [...new StatusText(sourcesOf(count)).pieces()].map(({ open }) => open);
    const text = pieces.join('');
    const status = JSON.parse(text);
    expect(text).toBe(`${JSON.stringify(status, null, 2)}\n`);
    expect(Object.keys(status)).toEqual(['epoch', 'warnings', 'brake', 'nodes']);
    expect(Object.keys(status.nodes)).toEqual(Array.from({ length: count }, (_, at) => `node-${at}`));
    // The parts of the nodes, and a piece before and after them.
    expect(pieces).toHaveLength(2 + Math.ceil(count / 256));
  });
});

it('nodes that are deleted between two pieces leave no gap, not even a whole part of them', () => {
  const sources = sourcesOf(257);
  const last = parseNodeId('node-256');
  let text = '';
  for (const piece of new StatusText(sources).pieces()) {
    text += piece.open;
    if (sources.view.node(last) === undefined || !text.includes('"node-0"')) continue;
    const deleted = [{ nodeId: last, class: 'default', addresses: [], heldUntilMs: 0 }];
    sources.view.merge({ nodes: [], tokens: [], epochs: undefined, deleted });
  }
  expect(Object.keys(JSON.parse(text).nodes)).toEqual(Array.from({ length: 256 }, (_, at) => `node-${at}`));
});

it('shows each change of a node, and is the text that one would make that kept nothing', () => {
  const sources = sourcesOf(3);
  const changed: { standing: object; limit: number | undefined } = { standing: {}, limit: undefined };
  const isSecond = (node: NodeRecord) => node.nodeId === 'node-1';
  const changing = {
    ...sources,
    standing: (node: NodeRecord) => ({
      ...sources.standing(node),
      ...(isSecond(node) ? changed.standing : {}),
    }),
    limitOf: (node: NodeRecord) => (isSecond(node) ? changed.limit : undefined),
  };
  const kept = new StatusText(changing);
  const render = () => {
    const [text, fresh] = [kept, new StatusText(changing)].map((one) => [...one.pieces()]);
    expect(text).toEqual(fresh);
    const [open, detailed] = (['open', 'detailed'] as const).map((of) => {
      const whole = (text ?? []).map((piece) => piece[of]).join('');
      return JSON.parse(whole).nodes['node-1'];
    });
    return { open, detailed };
  };
  expect(render().open).toMatchObject({ membership: 'ALLOWED', limit_bits_per_second: null });
  changed.limit = 1_000;
  expect(render().open).toMatchObject({ limit_bits_per_second: 1_000 });
  for (const [standing, open, detailed] of [
    [{ membership: 'DENIED' }, { membership: 'DENIED' }, {}],
    [{ declining: true }, { declining: true }, {}],
    [{ reasonCode: 'stale' }, { reason_code: 'stale' }, {}],
    [{ publicReason: 'late' }, { reason: 'late' }, {}],
    [{ reason: '3 s late' }, {}, { reason: '3 s late' }],
  ]) {
    changed.standing = { ...changed.standing, ...standing };
    expect(render()).toMatchObject({ open, detailed });
  }
  const node = sources.view.node(parseNodeId('node-1')) as NodeRecord;
  const latest = { ...node.latest, scores: { overall: 0.5 } } as NodeRecord['latest'];
  sources.view.merge({ nodes: [{ ...node, latest }] as NodeRecord[], tokens: [], epochs: undefined });
  expect(render().detailed).toMatchObject({ last_benchmark: { overall: 0.5 } });
});

it('other work is done between the pieces, and the file holds all of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-status-'));
  try {
    const path = join(folder, 'status.json');
    let rendered = 0;
    const sources = sourcesOf(1_000);
    const writer = new StatusFileWriter({
      ...sources,
      standing: (node) => {
        rendered += 1;
        return sources.standing(node);
      },
      path,
      timers: {
        setTimer: (_delayMs, fn) => {
          fn();
          return () => undefined;
        },
      },
      logger: createLogger({ level: 'silent' }),
    });
    const seen = new Set<number>();
    writer.touch();
    while (rendered < 1_000) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.add(rendered);
    }
    expect([...seen].filter((count) => count > 0 && count < 1_000).length).toBeGreaterThan(1);
    await writer.close();
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).nodes)).toHaveLength(1_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
