import { appBuild } from '../../tsup.base.ts';

export default appBuild({ main: 'src/main.ts', 'psk-worker': 'src/epochs/psk-worker.ts' });
