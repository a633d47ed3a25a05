// A chat service that others use, on every address of a host.

import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabNode } from '@mesh/e2e';

const PROGRAM = join(import.meta.dirname, '../../../lab/chat-service-main.ts');

/** Runs as long as the host. Resolves when it listens. */
export async function serveChat(
  host: Pick<LabNode, 'spawn' | 'name'>,
  port: number,
  rules: string,
): Promise<void> {
  const args = [PROGRAM, '--host', '0.0.0.0', '--port', String(port), '--rules', rules];
  const child = host.spawn(process.execPath, ['--conditions=@mesh/source', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error(`the service on ${host.name} has no output`);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`nothing listens on port ${port} of ${host.name}`);
  });
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  ended.catch(() => undefined);
}
