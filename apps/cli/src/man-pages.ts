// The manual pages of meshctl, made from its commands.

import { EXIT_CODES } from './errors/exit-codes.ts';
import { commandTreeOf, everyCommand } from './help/command-tree.ts';
import { manPageName, renderManPage } from './help/man-page.ts';
import type { Ports } from './ports/ports.ts';
import { createProgram } from './program.ts';
import { VERSION } from './version.ts';

export interface ManPage {
  /** Of its file: `meshctl-nodes-list.1`. */
  readonly name: string;
  readonly text: string;
}

/** One page for each command, also for those that only hold others. */
export function manPages(ports: Ports): ManPage[] {
  const program = commandTreeOf(createProgram(ports));
  const options = { version: VERSION, program, exitCodes: EXIT_CODES };
  return [...everyCommand(program)].map((command) => ({
    name: manPageName(command),
    text: renderManPage(command, options),
  }));
}
