// Enrols an agent by its own command: a folder, a settings file, a token.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminClient } from '@mesh/protocol';
import type { Spawn } from '../fork-main.ts';
import { type AgentProgram, runAgentCommand } from './agent-program.ts';

export interface AgentEnrolment {
  readonly program: AgentProgram;
  /** Everything of this agent goes there. */
  readonly folder: string;
  readonly nodeId: string;
  /** Its settings, without its folders. */
  readonly settings: object;
  /** Of the controller's public port. */
  readonly url: string;
  readonly admin: AdminClient;
  readonly token: Parameters<AdminClient['createToken']>[0];
  /** Where it runs; undefined: on this machine. */
  readonly spawn: Spawn | undefined;
}

export interface EnrolledAgent {
  readonly configFile: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
}

export async function enrolAgent(enrolment: AgentEnrolment): Promise<EnrolledAgent> {
  const { program, folder, nodeId, settings, url, admin, token, spawn } = enrolment;
  const [stateDir, runtimeDir] = [join(folder, 'state'), join(folder, 'run')];
  const [configFile, tokenFile] = [join(folder, 'agent.json'), join(folder, 'token')];
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(configFile, JSON.stringify({ state_dir: stateDir, runtime_dir: runtimeDir, ...settings }));
  const created = await admin.createToken(token);
  writeFileSync(tokenFile, created.token, { mode: 0o600 });
  const args = ['--config', configFile, '--controller', url, '--node-id', nodeId, '--token-file', tokenFile];
  await runAgentCommand(program, ['enrol', ...args], spawn);
  return { configFile, stateDir, runtimeDir };
}
