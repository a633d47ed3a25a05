// The lines of `configtest`: each setting with its value, and where that comes from.

import type { ConfigSource, DescribedSetting } from './load-config.ts';

export function renderSettings(settings: readonly DescribedSetting[]): string {
  return settings
    .map(({ path, value, source }) => `${path} = ${JSON.stringify(value)}  (${describe(source)})\n`)
    .join('');
}

function describe(source: ConfigSource): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `file ${source.at}`;
    case 'env':
    case 'flag':
      return `${source.kind} ${source.name}`;
  }
}
