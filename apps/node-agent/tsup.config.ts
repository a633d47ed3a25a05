import { appBuild, singleFileBuild } from '../../tsup.base.ts';

export default [
  // All builds run at once.
  appBuild({ main: 'src/main.ts' }, { clean: ['!measure-child.cjs', '!journal-worker.js'] }),
  // A thread: it is loaded by its flat name from beside the bundle. It shares no chunk with main, or it would
  // load all that main needs a second time: 6 MiB of memory.
  appBuild({ 'journal-worker': 'src/journal/journal-worker.ts' }, { splitting: false, clean: false }),
  // A process: started by its flat name, on every run, so it is to load fast.
  singleFileBuild({ 'measure-child': 'src/measure/child/measure-child.ts' }),
];
