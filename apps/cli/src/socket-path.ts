// Finds the controller's socket: from the flag, else from the environment, else at the default path.

export const DEFAULT_SOCKET = '/var/lib/aligned-mesh/admin.sock';

export function socketPathOf(
  flags: { readonly socket?: string },
  env: Readonly<Record<string, string | undefined>>,
): string {
  return flags.socket || env.MESH_SOCKET || DEFAULT_SOCKET;
}
