// Makes a URL of a name or an address of the controller.

export function controllerUrl(name: string | undefined, port: number): string {
  return `https://${name?.includes(':') ? `[${name}]` : (name ?? 'localhost')}:${port}`;
}
