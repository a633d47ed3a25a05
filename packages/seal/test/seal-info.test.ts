import { parseEpochId, parseMeshId, parseNodeId, toHex, utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSealInfo, epochSealInfo } from '../src/index.ts';
import { sealError } from './samples.ts';

const recipient = { meshId: parseMeshId('m'), nodeId: parseNodeId('n1') };

describe('configSealInfo', () => {
  it('has the documented layout', () => {
    const label = 'mesh/seal/v1/config';
    expect(toHex(configSealInfo({ ...recipient, version: '7-1' }))).toBe(
      `0013${toHex(utf8(label))}0001${toHex(utf8('m'))}0002${toHex(utf8('n1'))}0003${toHex(utf8('7-1'))}`,
    );
  });

  it('differs whenever mesh, node or version does', () => {
    const id = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    const version = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.tuple(id, id, version), fc.tuple(id, id, version), (one, two) => {
        const infoOf = ([mesh, node, text]: [string, string, string]) =>
          toHex(configSealInfo({ meshId: parseMeshId(mesh), nodeId: parseNodeId(node), version: text }));
        expect(infoOf(one) === infoOf(two)).toBe(one.every((part, i) => part === two[i]));
      }),
    );
  });

  it.each(['', 'v'.repeat(257), undefined as unknown as string, 7 as unknown as string])(
    'version %s is refused',
    (version) => {
      expect(() => configSealInfo({ ...recipient, version })).toThrow(sealError('invalid_info'));
    },
  );

  it('malformed ids are refused', () => {
    const nodeId = 'NODE' as typeof recipient.nodeId;
    expect(() => configSealInfo({ ...recipient, nodeId, version: '1' })).toThrow(
      expect.objectContaining({ code: 'invalid_node_id' }),
    );
  });
});

describe('epochSealInfo', () => {
  it('has the documented layout', () => {
    expect(toHex(epochSealInfo({ ...recipient, epochId: parseEpochId(258) }))).toBe(
      `0017${toHex(utf8('mesh/seal/v1/epoch-keys'))}0001${toHex(utf8('m'))}0002${toHex(utf8('n1'))}0000000000000102`,
    );
  });

  it('is never a config’s', () => {
    const epoch = toHex(epochSealInfo({ ...recipient, epochId: parseEpochId(1) }));
    expect(toHex(configSealInfo({ ...recipient, version: '1' }))).not.toBe(epoch);
  });
});
