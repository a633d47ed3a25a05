// The container files cannot be built everywhere, so these tests check what they can without an engine:
// everything that the files copy is a package that is made, and their promises about users and capabilities
// hold. `npm run e2e -- images` builds them where buildah can.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEBIAN_PACKAGES } from '../packaging/debian-packages.mjs';

const root = join(import.meta.dirname, '../..');
const DOCKERFILES = ['docker/controller.Dockerfile', 'docker/node-agent.Dockerfile'];

/** Instructions with their continuation lines joined. */
function instructions(dockerfile: string): string[] {
  return dockerfile
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');
}

/** The paths that are copied from the build context: every source of a COPY that names no other stage. */
function copiedSources(dockerfile: string): string[] {
  return instructions(dockerfile)
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
}

/** Sources that are no package of `npm run package`. */
function missingSources(dockerfile: string): string[] {
  const made = DEBIAN_PACKAGES.map(({ name }) => `${name}_*.deb`);
  return copiedSources(dockerfile).filter((source) => !made.includes(source));
}

const text = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the check of COPY sources', () => {
  it('catches a missing one, also on a continued line', () => {
    const dockerfile =
      '# COPY comment .\nCOPY meshctl_*.deb \\\n  no-such_*.deb ./\nCOPY --from=build /out /opt\n';
    expect(missingSources(dockerfile)).toEqual(['no-such_*.deb']);
  });
});

describe.each(DOCKERFILES)('%s', (file) => {
  it('copies packages that are made, and nothing else', () => {
    expect(copiedSources(text(file)).length).toBeGreaterThan(0);
    expect(missingSources(text(file))).toEqual([]);
  });

  it('copies the package of the command that it starts', () => {
    const entry = /ENTRYPOINT \["([^"]+)"\]/.exec(text(file))?.[1];
    const debian = DEBIAN_PACKAGES.find(({ program }) => program === entry);
    expect(copiedSources(text(file))).toContain(`${debian?.name}_*.deb`);
  });

  it('leaves no packages and no lists of apt behind, and has a health check', () => {
    const lines = instructions(text(file));
    const runs = lines.filter((line) => line.startsWith('RUN '));
    expect(runs).toHaveLength(1);
    expect(runs[0]).toContain('rm -rf /tmp/packages /var/lib/apt/lists/*');
    expect(lines.filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
  });
});

describe('privileges', () => {
  it('of the controller: an ordinary user, every capability dropped', () => {
    const lines = instructions(text('docker/controller.Dockerfile'));
    const user = lines.indexOf('USER mesh');
    expect(user).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(user).toBeLessThan(lines.findIndex((line) => line.startsWith('ENTRYPOINT')));
    const { controller } = parse(text('docker/compose.yaml')).services;
    expect(controller.cap_drop).toEqual(['ALL']);
    expect(controller.cap_add).toBeUndefined();
  });

  it('of the agent: CAP_NET_ADMIN and those to run other programs without any; never a privileged container', () => {
    const { services } = parse(text('docker/compose.yaml'));
    expect(services.agent.cap_drop).toEqual(['ALL']);
    expect(services.agent.cap_add).toEqual(['NET_ADMIN', 'SETUID', 'SETGID', 'KILL']);
    expect(services.agent.devices).toEqual(['/dev/net/tun']);
    expect(text('docker/compose.yaml')).not.toContain('privileged: true');
  });
});

describe('docker/compose.yaml', () => {
  it('builds from the files that lie beside it', () => {
    const { services } = parse(text('docker/compose.yaml'));
    for (const { build } of Object.values<{ build: { context: string; dockerfile: string } }>(services)) {
      expect(build.context).toBe('.');
      expect(DOCKERFILES).toContain(`docker/${build.dockerfile}`);
    }
  });
});
