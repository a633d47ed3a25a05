import { parseEpochId, parseMeshId, parseNodeId, toHex, utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSealAad, epochSealInfo } from '../src/index.ts';
import { sealError } from './samples.ts';

const recipient = { meshId: parseMeshId('m'), nodeId: parseNodeId('n1') };

describe('epochSealInfo', () => {
  it('has the documented layout', () => {
    expect(toHex(epochSealInfo({ ...recipient, epochId: parseEpochId(258) }))).toBe(
      `0017${toHex(utf8('mesh/seal/v1/epoch-keys'))}0001${toHex(utf8('m'))}0002${toHex(utf8('n1'))}0000000000000102`,
    );
  });

  it('differs whenever mesh, node or epoch does', () => {
    const id = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    const epoch = fc.integer({ min: 1, max: 70_000 });
    fc.assert(
      fc.property(fc.tuple(id, id, epoch), fc.tuple(id, id, epoch), (one, two) => {
        const infoOf = ([mesh, node, epochId]: [string, string, number]) =>
          toHex(
            epochSealInfo({
              meshId: parseMeshId(mesh),
              nodeId: parseNodeId(node),
              epochId: parseEpochId(epochId),
            }),
          );
        expect(infoOf(one) === infoOf(two)).toBe(one.every((part, i) => part === two[i]));
      }),
    );
  });

  it('malformed ids are refused', () => {
    const nodeId = 'NODE' as typeof recipient.nodeId;
    expect(() => epochSealInfo({ ...recipient, nodeId, epochId: parseEpochId(1) })).toThrow(
      expect.objectContaining({ code: 'invalid_node_id' }),
    );
  });
});

describe('configSealAad', () => {
  it('has the documented layout', () => {
    expect(toHex(configSealAad('7.1'))).toBe(
      `0013${toHex(utf8('mesh/seal/v1/config'))}0003${toHex(utf8('7.1'))}`,
    );
  });

  it.each(['', 'v'.repeat(257), undefined as unknown as string, 7 as unknown as string])(
    'version %s is refused',
    (version) => {
      expect(() => configSealAad(version)).toThrow(sealError('invalid_version'));
    },
  );
});
