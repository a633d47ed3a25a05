// The only error class of this package. Programs read `code`, people read `message`. Neither ever holds
// secret bytes or the rejected text itself, because that text may be a key in the wrong field.

export type PrimitivesErrorCode =
  | 'invalid_mesh_id'
  | 'invalid_node_id'
  | 'invalid_epoch_id'
  | 'invalid_hex'
  | 'invalid_base64'
  | 'invalid_timestamp'
  | 'invalid_public_key'
  | 'wrong_length'
  | 'out_of_range'
  | 'lone_surrogate'
  | 'json_too_large'
  | 'json_too_deep'
  | 'json_syntax'
  | 'json_duplicate_key'
  | 'json_forbidden_key'
  | 'json_non_finite'
  | 'json_unsafe_integer'
  | 'json_unsupported_value'
  | 'disposed';

export class PrimitivesError extends Error {
  readonly code: PrimitivesErrorCode;

  constructor(code: PrimitivesErrorCode, message: string) {
    super(message);
    this.name = 'PrimitivesError';
    this.code = code;
  }
}
