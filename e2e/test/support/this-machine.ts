// This machine as a host of a mesh, for tests that do not need their own network.

import { spawn } from 'node:child_process';
import type { MeshHost } from '../../lab/index.ts';

export const HERE: MeshHost = {
  name: 'here',
  address: '127.0.0.1',
  spawn: (command, args = [], options = {}) => spawn(command, args, options),
};
