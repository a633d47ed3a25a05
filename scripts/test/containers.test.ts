// The container files cannot be built everywhere, so these tests check what they can without an engine:
// everything that the files copy exists and is not ignored, and their promises about users and capabilities
// hold.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

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

function missingSources(dockerfile: string): string[] {
  return copiedSources(dockerfile).filter((source) => !existsSync(join(root, source)));
}

const text = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the check of COPY sources', () => {
  it('catches a missing one, also on a continued line', () => {
    const dockerfile =
      '# COPY comment .\nCOPY package.json \\\n  no-such-file ./\nCOPY --from=build /out /opt\n';
    expect(missingSources(dockerfile)).toEqual(['no-such-file']);
  });
});

describe.each(DOCKERFILES)('%s', (file) => {
  it('copies only existing files', () => {
    expect(copiedSources(text(file)).length).toBeGreaterThan(3);
    expect(missingSources(text(file))).toEqual([]);
  });

  it('copies nothing that .dockerignore leaves out', () => {
    const ignored = text('.dockerignore').split('\n');
    expect(
      copiedSources(text(file)).filter((source) => ignored.includes(source.replace(/^\.\//, ''))),
    ).toEqual([]);
  });

  it('copies every file that the workspace needs to install and build', () => {
    const sources = copiedSources(text(file));
    for (const needed of [
      'package.json',
      'pnpm-lock.yaml',
      'pnpm-workspace.yaml',
      'turbo.json',
      'tsup.base.ts',
    ]) {
      expect(sources).toContain(needed);
    }
  });

  it('has the pnpm that the workspace names', () => {
    const { packageManager } = JSON.parse(text('package.json'));
    expect(text(file)).toContain(`npm install --global ${packageManager}`);
  });

  it('builds in one stage and runs in another, with a health check', () => {
    const lines = instructions(text(file));
    expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
  });

  it('starts a command that its package has', () => {
    const entry = /ENTRYPOINT \["([^"]+)"\]/.exec(text(file))?.[1] ?? '';
    const folder = file.replace('docker/', 'apps/').replace('.Dockerfile', '');
    expect(Object.keys(JSON.parse(text(`${folder}/package.json`)).bin)).toContain(entry);
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
  it('builds from existing files', () => {
    const { services } = parse(text('docker/compose.yaml'));
    for (const service of Object.values<{ build: { dockerfile: string } }>(services)) {
      expect(DOCKERFILES).toContain(service.build.dockerfile);
    }
  });
});
