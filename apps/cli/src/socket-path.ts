// Which controller: the flag, else the environment, else where a controller puts its socket by default.

export const DEFAULT_SOCKET = '/var/lib/aligned-mesh/admin.sock';

export function socketPathOf(
  flags: { readonly socket?: string },
  env: Readonly<Record<string, string | undefined>>,
): string {
  return flags.socket || env.MESH_SOCKET || DEFAULT_SOCKET;
}
