// A name or an address of the controller as a URL.

export function controllerUrl(name: string | undefined, port: number): string {
  return `https://${name?.includes(':') ? `[${name}]` : (name ?? 'localhost')}:${port}`;
}
