// The manifests for Kubernetes keep to its published schemas, and to what the images need.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResourceDefinition } from 'kubernetes-models/apiextensions.k8s.io/v1';
import { DaemonSet, StatefulSet } from 'kubernetes-models/apps/v1';
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/kubernetes');
const KINDS = { ConfigMap, CustomResourceDefinition, DaemonSet, Namespace, Service, StatefulSet };

// biome-ignore lint/suspicious/noExplicitAny: what a manifest says
type Manifest = any;

/** Kubernetes reads YAML 1.1. */
const manifestsIn = (text: string): Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());

const manifests = readdirSync(folder).flatMap((file) =>
  manifestsIn(readFileSync(join(folder, file), 'utf8')),
);

function faultOf(manifest: Manifest): string | undefined {
  const Kind = KINDS[manifest.kind as keyof typeof KINDS];
  if (Kind === undefined) return `nobody checks a ${manifest.kind}`;
  try {
    new Kind(manifest).validate();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const named = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind);

describe('the manifests', () => {
  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    '%s keeps to the schema',
    (_name, manifest) => {
      expect(faultOf(manifest)).toBeUndefined();
    },
  );

  it('would be refused with a number for a text, or with a part missing (control)', () => {
    const [pod] = [structuredClone(named('StatefulSet'))];
    pod.spec.template.spec.containers[0].image = 7;
    expect(faultOf(pod)).toMatch(/image/);
    expect(faultOf({ ...named('DaemonSet'), spec: {} })).toMatch(/selector|template/);
  });

  it('run the controller as the user of its image, with no capability, and only once', () => {
    const { replicas, template } = named('StatefulSet').spec;
    expect(replicas).toBe(1);
    const uid = /--uid (\d+)/.exec(readFileSync(join(root, 'docker/controller.Dockerfile'), 'utf8'))?.[1];
    const [controller] = template.spec.containers;
    expect(controller.securityContext).toMatchObject({
      runAsUser: Number(uid),
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(controller.securityContext.capabilities.add).toBeUndefined();
  });

  it('give the agent the capabilities of docker/compose.yaml, and no more', () => {
    const { agent } = parse(readFileSync(join(root, 'docker/compose.yaml'), 'utf8')).services;
    for (const container of [
      ...named('DaemonSet').spec.template.spec.containers,
      ...named('DaemonSet').spec.template.spec.initContainers,
    ]) {
      expect(container.securityContext.capabilities).toEqual({ drop: ['ALL'], add: agent.cap_add });
      expect(container.securityContext.privileged).toBeUndefined();
    }
  });

  it('mount only volumes that are there, and open tokens to their owner alone', () => {
    for (const kind of ['StatefulSet', 'DaemonSet']) {
      const { template, volumeClaimTemplates = [] } = named(kind).spec;
      const volumes = [
        ...(template.spec.volumes ?? []).map((volume: Manifest) => volume.name),
        ...volumeClaimTemplates.map((claim: Manifest) => claim.metadata.name),
      ];
      for (const { volumeMounts } of [...template.spec.containers, ...template.spec.initContainers])
        for (const { name } of volumeMounts) expect(volumes).toContain(name);
    }
    const { volumes } = named('DaemonSet').spec.template.spec;
    expect(volumes.find((volume: Manifest) => volume.name === 'tokens').secret.defaultMode).toBe(0o400);
  });
});
