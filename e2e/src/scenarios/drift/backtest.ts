// What `meshctl policy backtest` says of the controller's own log.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, Mesh } from '@mesh/e2e';
import { programFile } from '@mesh/host/test-kit';

const MESHCTL = programFile(join(import.meta.dirname, '../../../../apps/cli/src/main.ts'));

export interface Backtested {
  readonly exitCode: number;
  /** By node: what the other policy would have done to it. */
  readonly effects: Readonly<Record<string, string>>;
}

export async function backtest<Name extends string>(
  mesh: Mesh<Name>,
  lab: Lab<Name | 'controller'>,
  policy: object,
): Promise<Backtested> {
  const file = join(mesh.workDir, 'tried.json');
  writeFileSync(file, JSON.stringify(policy));
  const args = ['--socket', join(mesh.workDir, 'controller', 'admin.sock'), '--json', 'policy', 'backtest'];
  const command = ['--conditions=@mesh/source', MESHCTL, ...args, file, '--since', '1h'];
  const { exitCode, stdout } = await lab
    .node('controller')
    .exec(process.execPath, command, { allowFailure: true, timeoutMs: 120_000 });
  const { nodes } = JSON.parse(stdout) as { readonly nodes: { node_id: string; effect: string }[] };
  return { exitCode, effects: Object.fromEntries(nodes.map(({ node_id, effect }) => [node_id, effect])) };
}
