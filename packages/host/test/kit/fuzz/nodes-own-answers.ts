// What Node's HTTP server answers before a program sees a request.

/** To what is no HTTP, without a body. */
export const NODES_OWN: readonly number[] = [400, 408, 413, 417, 431, 501];

/** Whether a head may be longer than a listener's `maxHeaderSize`: then Node answers 431. */
export const hasLongHead = (bytes: Buffer): boolean => bytes.indexOf('\r\n\r\n') > 8_000;
