// Mutual TLS for the servers that the controller is compared with: as the controller's own.

export interface ServerTls {
  /** Of the CA that issues the certificates of both sides. */
  readonly caPem: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Options of node:tls and node:https. */
export const mutualTls = ({ caPem, certificatePem, privateKeyPem }: ServerTls) =>
  ({
    ca: caPem,
    cert: certificatePem,
    key: privateKeyPem,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
  }) as const;
