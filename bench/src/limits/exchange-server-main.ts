// A server that only exchanges bytes, in its own process: what every answer costs before anything is done for
// it.

import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { mutualTls } from '../mutual-tls.ts';
import type { ExchangeReply, ExchangeRequest, ExchangeSetup } from './exchange-messages.ts';

function serverOf(setup: ExchangeSetup): Server {
  const { kind, tls, answer } = setup;
  switch (kind) {
    case 'socket':
      return createServer((socket) => answerBytes(socket, setup));
    case 'tls':
      return createTlsServer(mutualTls(tls), (socket) => answerBytes(socket, setup));
    case 'http':
      return createHttpServer((_request, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(answer),
        });
        response.end(answer);
      });
  }
}

/** Answers as soon as a request's number of bytes has come, whatever they are. */
function answerBytes(socket: Socket, { requestLengthBytes, answer }: ExchangeSetup): void {
  // As long as the answer that node:http writes.
  const bytes = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(answer)}\r\n` +
      `Date: ${new Date().toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n${answer}`,
  );
  let missing = requestLengthBytes;
  socket.setNoDelay(true);
  // The benchmark ends its connections without a farewell.
  socket.on('error', () => socket.destroy());
  socket.on('data', ({ length }) => {
    missing -= length;
    if (missing > 0) return;
    missing = requestLengthBytes;
    socket.write(bytes);
  });
}

const reply = (message: ExchangeReply): void => void process.send?.(message);

process.on('message', (request: ExchangeRequest) => {
  if (request.op === 'cpu') {
    const { user, system } = process.cpuUsage();
    reply({ op: 'cpu', user, system });
    return;
  }
  const server = serverOf(request.setup);
  server.listen(0, '127.0.0.1', () => reply({ op: 'ready', port: (server.address() as AddressInfo).port }));
});
