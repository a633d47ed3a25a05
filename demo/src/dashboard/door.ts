// The door through which a browser on this machine reaches the demo: two ports of 127.0.0.1. Without root,
// the demo goes on inside a network of its own, which no browser reaches. So the door is a process that stays
// outside; it is made first, and ends with this one.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MeshHost, until } from '@mesh/e2e';

const FORWARD = join(import.meta.dirname, 'forward-main.ts');
/** The program that starts again inside a lab finds the door by it. */
const VARIABLE = 'ALIGNED_MESH_DEMO_DOOR';
const READY_WITHIN_MS = 20_000;

/** Where things are in the door's folder, which only this user can read. */
export interface Door {
  readonly folder: string;
  /** Leads to the controller once `leadToController` has resolved. */
  readonly controllerSocket: string;
  /** Whoever listens here answers on the door's second port. */
  readonly buttonsSocket: string;
  readonly keyFile: string;
}

/** Call it before `enterLab`. */
export function openDoor(): Door {
  const known = process.env[VARIABLE];
  const folder = known ?? mkdtempSync(join(tmpdir(), 'aligned-mesh-door-'));
  const door = {
    folder,
    controllerSocket: join(folder, 'controller.sock'),
    buttonsSocket: join(folder, 'buttons.sock'),
    keyFile: join(folder, 'operator.key'),
  };
  if (known !== undefined) return door;
  process.env[VARIABLE] = folder;
  const args = ['0', door.controllerSocket, '0', door.buttonsSocket];
  const child = spawn(process.execPath, forward(join(folder, 'door.json'), args), {
    // An interrupt from the terminal reaches the demo, and the door ends with it.
    ...{ detached: true, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  child.unref();
  return door;
}

/** The ports on which the door leads to the controller and to the buttons. */
export async function portsOf({ folder }: Door): Promise<{ controller: number; buttons: number }> {
  const [controller, buttons] = await readyPorts(join(folder, 'door.json'));
  return { controller: Number(controller), buttons: Number(buttons) };
}

/** Leads from the door to a port of the controller. It ends with this process, or with the lab. */
export async function leadToController(door: Door, host: MeshHost, port: number): Promise<void> {
  const ready = join(door.folder, 'controller.json');
  const args = forward(ready, [door.controllerSocket, `${host.address}:${port}`]);
  host.spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }).unref();
  await readyPorts(ready);
}

function forward(ready: string, pairs: readonly string[]): string[] {
  return [FORWARD, '--parent', String(process.pid), '--ready', ready, ...pairs];
}

const readyPorts = (file: string): Promise<readonly (number | null)[]> =>
  until('the way to the browser', READY_WITHIN_MS, () => JSON.parse(readFileSync(file, 'utf8')));
