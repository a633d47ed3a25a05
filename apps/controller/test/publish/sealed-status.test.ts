// status.sealed: the details are in it, sealed; status.json has none of them; the command opens it.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
      await node.submit({ overall: 0.9, refusal: 0.87654 });
      await expect.poll(() => readFileSync(at('data/status.json'), 'utf8')).toContain('"overall": 0.9');
    }
    // Closed, so that both files are written.
    const sealed = readFileSync(at('data/status.sealed'));
    expect(statSync(at('data/status.sealed')).mode & 0o777).toBe(0o600);
    expect(sealed.includes('node-a')).toBe(false);
    expect(readFileSync(at('data/status.json'), 'utf8')).not.toContain('0.87654');

    const config = writeConfig(directory);
    const opened = runController(['status', '-c', config]);
    expect([opened.code, opened.err]).toEqual([0, '']);
    const { nodes } = JSON.parse(opened.out) as { nodes: Record<string, object> };
    expect(nodes['node-a']).toMatchObject({
      last_benchmark: { overall: 0.9 },
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
