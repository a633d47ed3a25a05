// The pages of the commands of meshctl and mesh-agent: what each says for --help.

import { composePorts } from '../../apps/cli/src/compose.ts';
import { createProgram as createMeshctl } from '../../apps/cli/src/program.ts';
import { createProgram as createAgent } from '../../apps/node-agent/src/commands/program.ts';

const WIDTH = 100;

/** @returns {{ path: string, text: string }[]} with the path from the root of the repository */
export function commandPages() {
  const io = { write: () => undefined, writeError: () => undefined };
  const programs = [createMeshctl(composePorts()), createAgent(/** @type {any} */ (io), '')];
  return programs.map((program) => {
    const parts = [...helpOf(program, [])].map(
      ({ path, text }) => `## ${path.join(' ')}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`,
    );
    const name = program.name();
    return {
      path: `docs/reference/commands-of-${name}.md`,
      text: `# Commands of ${name}\n\nWhat each command says for \`--help\`. \`npm run reference\` writes this page from them.\n\n${parts.join('\n')}`,
    };
  });
}

/**
 * What is read of a command of commander.
 *
 * @typedef {object} HelpOf
 * @property {() => string} name
 * @property {(options: { helpWidth: number }) => unknown} configureHelp
 * @property {() => string} helpInformation
 * @property {readonly HelpOf[]} commands
 */

/**
 * @param {HelpOf} command
 * @param {readonly string[]} above
 * @returns {Generator<{ path: string[], text: string }>}
 */
function* helpOf(command, above) {
  const path = [...above, command.name()];
  command.configureHelp({ helpWidth: WIDTH });
  yield { path, text: command.helpInformation() };
  for (const below of command.commands) yield* helpOf(below, path);
}
