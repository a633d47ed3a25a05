// A controller that dies in the middle of a step of a change of the config key, or right after its commit:
// its files, as they are at that moment, hold the state before the step or the one after it, with the keys of
// it.

import { decodeBase64, parseMeshId, verifyEd25519 } from '@mesh/primitives';
import { expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { openControllerKeys } from '../../src/trust/controller-keys.ts';
import { readConfigKeys } from '../../src/trust/stored-config-keys.ts';
import { inCopyOfFiles } from '../support/copy-of-files.ts';
import { startTestController, type TestController } from '../support/index.ts';

/** What the next start finds in the files as they are now. */
const found = (controller: TestController): Promise<object> =>
  inCopyOfFiles(controller, async (copy) => {
    const sealer = openSealer(controller.config);
    const { config: keys } = await openControllerKeys(copy, sealer, parseMeshId('testmesh'));
    const { lists, overlap } = readConfigKeys(copy);
    const message = new Uint8Array(8);
    return {
      signs: keys.publicKey,
      next: keys.nextPublicKey ?? null,
      previous: keys.previousPublicKey ?? null,
      lists: lists.length,
      hasOverlap: overlap !== undefined,
      isItsKey: verifyEd25519(keys.sign(message), message, decodeBase64(keys.publicKey)),
      sealed: copy.prepare("SELECT count(*) FROM sealed_secrets WHERE name LIKE 'config%'").pluck().get(),
    };
  });

it('each step is there whole or not at all', async () => {
  await using controller = await startTestController();
  const { admin, db } = controller;
  let inside: Promise<object> | undefined;
  db.function('die', () => {
    inside = found(controller);
    return null;
  });
  db.exec(`CREATE TEMP TRIGGER in_a_list AFTER INSERT ON config_key_lists BEGIN SELECT die(); END;
    CREATE TEMP TRIGGER in_a_switch AFTER UPDATE ON next_config_key BEGIN SELECT die(); END`);
  const reason = 'it is time';
  const steps = [
    () => admin.prepareConfigKey({ reason, delay_seconds: 0 }),
    () => admin.switchConfigKey({ reason }),
    () => admin.finishConfigKey({ reason }),
    () => admin.prepareConfigKey({ reason }),
    () => admin.abortConfigKey({ reason }),
  ];
  for (const [number, step] of steps.entries()) {
    const before = await found(controller);
    inside = undefined;
    const { config_key, next_config_key, previous_config_key } = await step();
    expect(await inside, `inside step ${number}`).toEqual(before);
    const isUnderWay = next_config_key !== null || previous_config_key !== null;
    expect(await found(controller), `after step ${number}`).toEqual({
      signs: config_key,
      next: next_config_key,
      previous: previous_config_key,
      lists: [1, 1, 2, 3, 4][number],
      hasOverlap: isUnderWay,
      isItsKey: true,
      sealed: isUnderWay ? 2 : 1,
    });
  }
});
