import { libraryBuild } from '../../tsup.base.ts';

export default libraryBuild({
  entry: { index: 'src/index.ts', contract: 'src/contract/index.ts' },
  platform: 'node',
  // The private package goes into the build; what it takes from the platform is a dependency here.
  noExternal: ['@mesh/host'],
  splitting: true,
});
