import { describe, expect, it } from 'vitest';
import {
  type InterfaceName,
  type InterfaceSlot,
  parseInterfaceName,
  parseSlottedInterfaceName,
  slotInterfaceName,
} from '../src/index.ts';
import { expectWgError } from './expect-wg-error.ts';
import { hostileVariants, NOT_STRINGS } from './hostile-texts.ts';

describe('interface names', () => {
  it.each(['w', 'wg0', 'mesh-a', 'mesh_0.1', '0', '_x', 'a'.repeat(15)])('%s is a name', (name) => {
    expect(parseInterfaceName(name)).toBe(name);
  });

  it.each([
    '',
    '.',
    '..',
    '.wg',
    '-wg',
    '--help',
    'a'.repeat(16),
    'wg/0',
    'wg:0',
    'wg%d',
    'wg+',
    'all',
    'default',
    'interfaces',
    'lo',
    '../x',
    'wg0.sock/..',
    'é',
    'wg٠',
  ])('%s is refused', (name) => {
    expectWgError(() => parseInterfaceName(name), 'invalid_interface_name', name);
  });

  it('are refused in every hostile variant and as anything but a string', () => {
    for (const name of hostileVariants('mesh0')) {
      expectWgError(() => parseInterfaceName(name), 'invalid_interface_name', JSON.stringify(name));
    }
    for (const value of NOT_STRINGS) {
      expectWgError(() => parseInterfaceName(value), 'invalid_interface_name', typeof value);
    }
  });
});

describe('slots', () => {
  it.each([
    ['a'.repeat(12), true],
    ['a'.repeat(13), true],
    ['a'.repeat(14), false],
    ['a'.repeat(15), false],
  ])('%s leaves room for a suffix: %s', (name, fits) => {
    if (fits) {
      const slot = slotInterfaceName(parseSlottedInterfaceName(name), 'b');
      expect(parseInterfaceName(slot)).toBe(`${name}-b`);
    } else {
      expectWgError(() => parseSlottedInterfaceName(name), 'invalid_interface_name');
      expectWgError(() => slotInterfaceName(name as InterfaceName, 'a'), 'invalid_interface_name');
    }
  });

  it.each(['', 'c', 'A', 'a\n', 'ab'])('%j is not a slot', (slot) => {
    expectWgError(
      () => slotInterfaceName(parseInterfaceName('mesh'), slot as InterfaceSlot),
      'invalid_interface_name',
    );
  });
});
