// A controller that dies in the middle of a step of a change of the log's keys, or right after its commit:
// its files, as they are at that moment, hold the state before the step or the one after it, with the keys of
// it.

import { expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { openLogKeys, readLogKeys } from '../../src/trust/stored-log-keys.ts';
import { inCopyOfFiles } from '../support/copy-of-files.ts';
import { startTestController, type TestController, until } from '../support/index.ts';

/** What the next start finds in the files as they are now. */
const found = (controller: TestController): Promise<object> =>
  inCopyOfFiles(controller, (copy) => {
    const keys = openLogKeys(copy, openSealer(controller.config), 'mesh.example.com/log-of-a-copy');
    const { present, next, ended } = readLogKeys(copy);
    return {
      present: present?.verifierKeys ?? null,
      next: next?.verifierKeys ?? null,
      signs: keys.verifierKeys.length,
      ended: ended.length,
      secrets: copy.prepare("SELECT count(*) FROM sealed_secrets WHERE name LIKE 'log%'").pluck().get(),
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
  db.exec(`CREATE TEMP TRIGGER in_an_insert AFTER INSERT ON log_keys BEGIN SELECT die(); END;
    CREATE TEMP TRIGGER in_an_update AFTER UPDATE ON log_keys BEGIN SELECT die(); END;
    CREATE TEMP TRIGGER in_a_delete AFTER DELETE ON log_keys BEGIN SELECT die(); END`);
  const reason = 'it is time';
  const prepare = () => admin.prepareLogKey({ reason });
  const abort = () => admin.abortLogKey({ reason });
  const finish = async () => {
    await until('a head by both pairs', async () => (await admin.logKeyStatus()).is_published);
    return admin.finishLogKey({ reason });
  };
  for (const [number, step] of [prepare, abort, prepare, finish].entries()) {
    const before = await found(controller);
    inside = undefined;
    const { present, next } = await step();
    expect(await inside, `inside step ${number}`).toEqual(before);
    expect(await found(controller), `after step ${number}`).toMatchObject({ present, next });
  }
});
