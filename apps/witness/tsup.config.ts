import { appBuild } from '../../tsup.base.ts';

export default appBuild({ main: 'src/main.ts' });
