import { appBuild } from '../../tsup.base.ts';

export default appBuild({
  main: 'src/main.ts',
  // Threads: each is loaded by its flat name from beside the bundle.
  'regex-worker': 'src/measure/regex-worker.ts',
  'journal-worker': 'src/observe/journal-worker.ts',
});
