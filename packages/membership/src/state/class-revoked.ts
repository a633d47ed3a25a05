import type { MeshView } from './mesh-view.ts';

export function isClassRevoked(name: string, view: MeshView): boolean {
  return view.class(name)?.revokedAtMs !== undefined;
}
