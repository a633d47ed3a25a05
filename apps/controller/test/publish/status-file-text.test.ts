// status.json is rendered some nodes at a time, and its text is that of the whole.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, systemClock } from '@mesh/host';
import { MeshState, type NodeRecord } from '@mesh/membership';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { renderStatus, StatusFileWriter } from '../../src/publish/status-file.ts';

function sourcesOf(count: number) {
  const view = new MeshState(parseMeshId('mesh'));
  const nodes = Array.from({ length: count }, (_, at) => ({
    nodeId: `node-${at}`,
    addresses: [],
    wgPublicKeys: {},
    updatedAtMs: at,
    latest:
      at % 2 === 0
        ? undefined
        : { scores: { overall: at / 1_000 }, measuredAtMs: at, suiteVersion: 'a "nodes": {} suite' },
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
    const pieces = [...renderStatus(sourcesOf(count))];
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
  for (const piece of renderStatus(sources)) {
    text += piece;
    if (sources.view.node(last) === undefined || !text.includes('"node-0"')) continue;
    const deleted = [{ nodeId: last, class: 'default', addresses: [], heldUntilMs: 0 }];
    sources.view.merge({ nodes: [], tokens: [], epochs: undefined, deleted });
  }
  expect(Object.keys(JSON.parse(text).nodes)).toEqual(Array.from({ length: 256 }, (_, at) => `node-${at}`));
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
