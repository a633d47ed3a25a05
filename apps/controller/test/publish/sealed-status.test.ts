// status.sealed: scores and details are in it, sealed; status.json has none of them; the command opens it.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusFile } from '@mesh/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runController, writeConfig } from '../support/controller-process.ts';
import { enrolTestNode, startTestController } from '../support/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-sealed-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);

describe('status.sealed', () => {
  it('has the scores of a node one by one, and only the master key of its mesh opens it', async () => {
    {
      await using controller = await startTestController({ directory });
      const node = await enrolTestNode(controller, 'node-a');
      await node.submit({ overall: 0.91234, refusal: 0.87654 });
      await expect.poll(() => readFileSync(at('data/status.json'), 'utf8')).toContain('"suite_version"');
      const other = await enrolTestNode(controller, 'node-b');
      await other.submit({ overall: 0.31234, refusal: 0.87654 });
    }
    // Closed, so that both files are written.
    const sealed = readFileSync(at('data/status.sealed'));
    expect(statSync(at('data/status.sealed')).mode & 0o777).toBe(0o600);
    expect(sealed.includes('node-a')).toBe(false);
    const open = JSON.parse(readFileSync(at('data/status.json'), 'utf8')) as StatusFile;
    expect(open.nodes).toMatchObject({
      'node-a': { reason: "the node meets the policy's bar; admission waits for the next epoch boundary" },
      'node-b': { reason: "the node is below the policy's threshold", reason_code: 'below_threshold' },
    });
    // Neither a score nor a limit, which a score could be told from: no node has a fraction or a number in
    // words.
    for (const { last_benchmark, ...node } of Object.values(open.nodes)) {
      expect(Object.keys(last_benchmark ?? {})).toEqual(['timestamp', 'suite_version']);
      expect(node.reason).not.toMatch(/\d/);
    }

    const config = writeConfig(directory);
    const opened = runController(['status', '-c', config]);
    expect([opened.code, opened.err]).toEqual([0, '']);
    const { nodes } = JSON.parse(opened.out) as { nodes: Record<string, object> };
    expect(nodes['node-a']).toMatchObject({
      last_benchmark: { overall: 0.91234 },
      reason: expect.stringContaining('0.91'),
      details: {
        status: 'active',
        addresses: [expect.any(String)],
        benchmark: { scores: { refusal: 0.87654 } },
      },
    });

    const elsewhere = runController(['status', '-c', config, '--mesh-id', 'othermesh']);
    expect(elsewhere).toMatchObject({ code: 2, out: '', err: expect.stringContaining('does not open') });
    writeFileSync(at('master.key'), Buffer.alloc(32, 1), { mode: 0o600 });
    expect(runController(['status', '-c', config])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('does not open'),
    });
  });

  it('that is not there is reported', () => {
    const config = writeConfig(directory);
    runController(['init', '-c', config]);
    expect(runController(['status', '-c', config])).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOENT'),
    });
  });
});
