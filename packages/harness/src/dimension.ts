// What a score may be called.

export const DIMENSION = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
