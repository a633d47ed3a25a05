import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as wg from '../src/index.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

it('the example of the README runs and gives the request in its comments', () => {
  const code = /```ts\nimport \{([^}]+)\} from '@mesh\/wg';\n([\s\S]*?)```/.exec(readme);
  const names = (code?.[1] ?? '').split(',').map((name) => name.trim());
  const exported: Record<string, unknown> = wg;
  const values = names.map((name) => exported[name]);
  expect(values).not.toContain(undefined);
  const request: unknown = new Function(...names, `${code?.[2]}\nreturn request;`)(...values);
  expect(request).toMatch(/^set=1\npublic_key=8520f009[0-9a-f]{56}\n[\s\S]*allowed_ip=10\.9\.0\.2\/32\n\n$/);
});
