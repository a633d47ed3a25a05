import { appBuild, singleFileBuild } from '../../tsup.base.ts';

export default [
  appBuild(
    {
      main: 'src/main.ts',
      // A thread: it is loaded by its flat name from beside the bundle.
      'journal-worker': 'src/journal/journal-worker.ts',
    },
    // Both builds run at once.
    { clean: ['!measure-child.cjs'] },
  ),
  // A process: started by its flat name, on every run, so it is to load fast.
  singleFileBuild({ 'measure-child': 'src/measure/child/measure-child.ts' }),
];
