// The one error class of the lab. `code` says what kind of thing went wrong, the message what to do next.

export type LabErrorCode =
  | 'unavailable' // this machine cannot hold a lab
  | 'bad_option'
  | 'unknown_node'
  | 'command_failed'
  | 'timed_out'
  | 'leaked' // a secret of a mesh is where it does not belong
  | 'ended' // the lab has been destroyed
  | 'bad_rules'; // a chat service's rules file cannot be understood

export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
