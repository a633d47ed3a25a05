// Why a controller does not start or a command fails; the codes are those of every program that serves.

import { ProgramError } from '@mesh/host';

export class ControllerError extends ProgramError {
  override readonly name = 'ControllerError';
}
