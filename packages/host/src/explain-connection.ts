// Explains the system's code of a failed connection: the cause and what to do about it.

/**
 * @param host name or address, with the port if there is one
 * @param showsCertificate whether a client certificate was sent. A server that refuses it may end the
 *   connection without a reason, as Node's does in TLS 1.3.
 */
export function explainUnreachable(host: string, code: string, showsCertificate = false): string {
  if (showsCertificate && (code === 'ECONNRESET' || code === 'EPIPE'))
    return `${host} closed the connection (${code}): it may not take this client's certificate, which may have ended or be of another controller; see when it ends, and the log there`;
  return `${host} cannot be reached (${code}): ${advice(code)}`;
}

function advice(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there; check the port, and that the controller runs';
    case 'ENOTFOUND':
      return 'there is no such name; check its spelling, or write the address';
    case 'EAI_AGAIN':
      return 'the name server does not answer; try again when it does, or write the address';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return 'there is no way to it; check the address, the network and the firewalls between';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'it closed the connection; try again, and if that goes on, look at what stands between and at its log';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open here: raise LimitNOFILE';
    default:
      return 'check the address and that it runs';
  }
}
