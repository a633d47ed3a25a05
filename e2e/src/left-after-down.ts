// Runs `mesh-agent down` and finds what it leaves behind, which should be nothing, and what it removed that
// is not its own. Keys, enrolment, counters and journal should stay, and lock files, which mean nothing by
// themselves.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode, MeshNode } from '@mesh/e2e';
import { tryFileLock } from '@mesh/host';
import { programFile } from '@mesh/host/test-kit';

const AGENT = programFile(join(import.meta.dirname, '../../apps/node-agent/src/main.ts'));
const OPERATORS = 'table inet operators';

/** Adds another program's rules, which must survive. */
export async function addOperatorsTable(host: LabNode): Promise<void> {
  await host.exec('nft', ['add', 'table', 'inet', 'operators']);
}

export async function leftAfterDown(node: MeshNode, host: LabNode): Promise<string[]> {
  await host.exec(process.execPath, [
    '--conditions=@mesh/source',
    AGENT,
    'down',
    '--config',
    node.configFile,
  ]);
  await node.agent.exited;
  const [tables, links, routes, sockets] = await Promise.all([
    host.exec('nft', ['list', 'tables']),
    host.exec('ip', ['-brief', 'link']),
    host.exec('ip', ['route']),
    host.exec('ls', ['/run/wireguard']),
  ]);
  const lines = ({ stdout }: { stdout: string }) => stdout.split('\n').filter((line) => line !== '');
  return [
    ...lines(tables).filter((line) => line !== OPERATORS),
    ...(lines(tables).includes(OPERATORS) ? [] : ['the operators’ table is gone']),
    ...lines(links).filter((line) => !/^(lo|eth0@)/.test(line)),
    ...lines(routes).filter((line) => !line.includes('dev eth0')),
    ...lines(sockets),
    ...leftInState(node.stateDir),
    ...leftAtRuntime(runtimeDirOf(node)),
  ];
}

/** Finds files by which the agent could still be asked, or which would stop another agent from starting. */
function leftInState(stateDir: string): string[] {
  const files = ['control.sock', 'agent.lock.holder'].map((name) => join(stateDir, name));
  return [...files.filter((file) => existsSync(file)), ...stillHeld(join(stateDir, 'agent.lock'))];
}

/** Finds records of processes, and key files. */
function leftAtRuntime(runtimeDir: string): string[] {
  return readdirSync(runtimeDir).flatMap((name) => {
    const file = join(runtimeDir, name);
    return name.endsWith('.lock') ? stillHeld(file) : [file];
  });
}

function stillHeld(lockFile: string): string[] {
  const lock = tryFileLock(lockFile);
  lock?.release();
  return lock === undefined ? [`${lockFile} is held`] : [];
}

function runtimeDirOf({ configFile }: MeshNode): string {
  return (JSON.parse(readFileSync(configFile, 'utf8')) as { runtime_dir: string }).runtime_dir;
}
