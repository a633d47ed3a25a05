// Makes a URL from a name or an address of the controller.

import { joinHostPort } from '@mesh/wg';

export function controllerUrl(name: string | undefined, port: number): string {
  return `https://${joinHostPort(name ?? 'localhost', port)}`;
}
