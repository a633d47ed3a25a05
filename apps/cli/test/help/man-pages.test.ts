// The manual: every command has a page, and groff(1) has nothing to say against any.

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { EXIT_CODES } from '../../src/errors/exit-codes.ts';
import { commandTreeOf, everyCommand } from '../../src/help/command-tree.ts';
import { manPageName, renderManPage } from '../../src/help/man-page.ts';
import { manPages } from '../../src/man-pages.ts';
import { createProgram } from '../../src/program.ts';

const program = commandTreeOf(createProgram(composePorts()));
const pages = new Map(manPages(composePorts()).map(({ name, text }) => [name, text]));
const groff = (text: string) =>
  spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8'], { input: text, encoding: 'utf8' });

describe('the manual', () => {
  it('has a page for each command, with all of its options, and none else', () => {
    const commands = [...everyCommand(program)];
    expect(manPages(composePorts())).toHaveLength(commands.length);
    expect(pages.size).toBe(commands.length);
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining(['meshctl.1', 'meshctl-log_key.1', 'meshctl-log-key.1', 'meshctl-nodes-list.1']),
    );
    for (const { path, options } of commands) {
      const text = pages.get(manPageName({ path })) ?? '';
      expect(text).toContain(`.B ${path.join(' ').replaceAll('-', '\\-')}\n`);
      for (const { flags } of options) expect(text).toContain(flags.replaceAll('-', '\\-'));
    }
  });

  it('is valid: groff warns of nothing', () => {
    const { status, stderr } = groff([...pages.values()].join(''));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is not valid with a macro that there is not: groff would say so', () => {
    expect(groff(`${pages.get('meshctl.1')}.NOSUCH x\n`).stderr).toContain('NOSUCH');
  });

  it('refers to pages that there are', () => {
    for (const text of pages.values())
      for (const [, name = ''] of text.matchAll(/\\fB(\S+)\\fR\(1\)/g))
        expect(pages.has(`${name.replaceAll('\\-', '-')}.1`)).toBe(true);
  });

  it('shows what a reader needs, as text', () => {
    const text = execFileSync('groff', ['-man', '-Tascii', '-P-cbou'], {
      input: pages.get('meshctl-reach.1'),
      encoding: 'utf8',
    }).replaceAll(/\s+/g, ' ');
    expect(text).toContain('meshctl-reach - whether one node reaches another');
    expect(text).toContain('--rules judge by the rules alone');
    expect(text).toContain('meshctl reach [options] <from> <to>');
    expect(text).toContain('EXIT STATUS 0 done 1 the controller refused');
  });

  it('takes text for text, whatever it begins with', () => {
    const [first] = program.commands;
    if (first === undefined) throw new Error('there are no commands');
    const hostile = `.so /etc/passwd\n.sy id \\n(.x "é"`;
    const options = { version: '1', program, exitCodes: EXIT_CODES };
    const page = renderManPage(
      { ...first, arguments: [{ term: '<x>', description: hostile, choices: [] }] },
      options,
    );
    expect(page).toContain('\\&.so /etc/passwd .sy id \\(rsn(.x "\\[u00E9]"');
    expect(groff(page)).toMatchObject({ status: 0, stderr: '' });
  });
});
