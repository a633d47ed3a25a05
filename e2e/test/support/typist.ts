// Types what a page of docs/ says, on bare hosts. What apt and systemd would do is done here, because neither
// is on them.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../../lab/index.ts';
import { installPackages, WORK } from './bare-host.ts';
import { type RunningUnit, runUnit } from './run-unit.ts';

const UNITS = join(import.meta.dirname, '../../../systemd');
/** Of a command that takes long on a busy machine. */
const TIMEOUT_MS = 120_000;
/** The command line is wrong (our programs), the program cannot be run, or there is none. */
const WRONG = [2, 126, 127];

export class Typist {
  readonly #staged: string;
  readonly #units = new Map<string, RunningUnit>();

  /** @param staged the folder of `stagePackages` */
  constructor(staged: string) {
    this.#staged = staged;
  }

  /**
   * Types a block as a whole. `apt install` may begin it, and `systemctl` with a unit that is installed may
   * stand in it once.
   *
   * @returns what it has printed
   * @throws LabError if a command fails
   */
  async type(host: LabNode, block: string): Promise<string> {
    const [install = ''] = /^apt install .*\n/.exec(block) ?? [];
    if (install !== '') await installPackages(host, this.#staged, install);
    const [before = '', verb, unit = '', after = ''] = block
      .slice(install.length)
      .split(/^systemctl (enable --now|restart|start|stop) (\S+)\n/m);
    const said = await this.#run(host, before);
    if (verb === 'stop' || verb === 'restart') await this.#stop(host, unit);
    if (verb !== undefined && verb !== 'stop') await this.#start(host, unit);
    return `${said}${await this.#run(host, after)}`;
  }

  /**
   * Types each line of a block. A command may say that something is wrong in the mesh, but not that it cannot
   * be typed like this. Lines that ask systemd name a unit that there is.
   *
   * @returns what they have printed, errors included
   */
  async typeEach(host: LabNode, block: string): Promise<string> {
    let said = '';
    for (const line of block.trimEnd().split('\n')) {
      const asked = /^(?:systemctl status|journalctl -u) (\S+)/.exec(line)?.[1];
      if (asked !== undefined) {
        if (!existsSync(join(UNITS, `${asked}.service`)))
          throw new Error(`there is no unit ${asked}: ${line}`);
        continue;
      }
      const options = { allowFailure: true, timeoutMs: TIMEOUT_MS };
      const { exitCode, stdout, stderr } = await host.exec('sh', ['-c', `cd ${WORK}\n${line}`], options);
      if (WRONG.includes(exitCode)) throw new Error(`${line} ends with ${exitCode}: ${stderr}`);
      said += `${stdout}${stderr}`;
    }
    return said;
  }

  /** @param unit as `mesh-agent on two` */
  running(unit: string): RunningUnit {
    const found = this.#units.get(unit);
    if (found === undefined) throw new Error(`nothing has started ${unit}`);
    return found;
  }

  async #run(host: LabNode, commands: string): Promise<string> {
    if (commands === '') return '';
    const script = ['-ec', `cd ${WORK}\n${commands}`];
    return (await host.exec('sh', script, { timeoutMs: TIMEOUT_MS })).stdout;
  }

  async #start(host: LabNode, unit: string): Promise<void> {
    this.#units.set(`${unit} on ${host.name}`, await runUnit(host, unit));
  }

  async #stop(host: LabNode, unit: string): Promise<void> {
    const { child } = this.running(`${unit} on ${host.name}`);
    if (child.exitCode !== null) throw new Error(`${unit} on ${host.name} has ended by itself`);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}
