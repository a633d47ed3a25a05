// Which controller: the flag, else the environment, else the default place of a controller's socket.

export const DEFAULT_SOCKET = '/var/lib/aligned-mesh/admin.sock';

export function socketPathOf(
  flags: { readonly socket?: string },
  env: Readonly<Record<string, string | undefined>>,
): string {
  return flags.socket || env.MESH_SOCKET || DEFAULT_SOCKET;
}
