// Why a witness does not start or a command fails; the codes are those of every program that serves.

import { ProgramError } from '@mesh/host';

export class WitnessError extends ProgramError {
  override readonly name = 'WitnessError';
}
