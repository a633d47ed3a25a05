import { appBuild } from '../../tsup.base.ts';

export default appBuild({
  main: 'src/main.ts',
  'psk-worker': 'src/keys/psk-worker.ts',
  'backup-worker': 'src/backup/backup-worker.ts',
  'verify-worker': 'src/trust/verify-worker.ts',
});
