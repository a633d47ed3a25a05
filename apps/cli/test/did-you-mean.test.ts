import { expect, it } from 'vitest';
import { meshctlHere } from './support/meshctl.ts';

it.each([
  [['staus'], 'Did you mean status?'],
  [['nodes', 'lst'], 'Did you mean list?'],
  [['config-key', 'prepar'], 'Did you mean prepare?'],
  [['nodes', 'list', '--serach', 'x'], 'Did you mean --search?'],
  [['audit', 'tail', '--folow'], 'Did you mean --follow?'],
  [['audit', 'tail', '--jsn'], 'Did you mean --json?'],
])('%j is refused with the word that was meant', async (args, suggestion) => {
  const { exitCode, stdout, stderr } = await meshctlHere(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(suggestion);
});
