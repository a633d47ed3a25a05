// The trust of a node in the keys that sign configs, with what it would have on disk.

import { parseMeshId } from '@mesh/primitives';
import type { ConfigKeyList } from '@mesh/protocol';
import { verifyWithPlatform } from '../../src/uplink/channel/verify-with-platform.ts';
import { ConfigTrust, type KnownConfigKeys } from '../../src/uplink/config/config-trust.ts';
import { silent } from './agent-fixtures.ts';
import { MESH_ID } from './fake-controller.ts';

/** @param publicKey from enrolment, base64 */
export function trusting(publicKey: string, list?: ConfigKeyList) {
  const stored: KnownConfigKeys[] = [];
  const disk = { fails: false };
  const trust = new ConfigTrust({
    meshId: parseMeshId(MESH_ID),
    known: { config_public_key: publicKey, config_key_list: list },
    store: async (keys) => {
      if (disk.fails) throw new Error('the disk is full');
      stored.push(keys);
    },
    verify: verifyWithPlatform,
    logger: silent,
  });
  return { trust, stored, disk };
}
