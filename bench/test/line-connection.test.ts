// A connection whose answers come in lines, and what becomes of requests when the server closes it.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { LineConnection } from '../src/load/line-connection.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n';
const REQUEST = Buffer.from('GET / HTTP/1.1\r\n\r\n');

it('gives each line, and refuses a request after the server has closed', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const lines: string[] = [];
  const { port } = server.address() as AddressInfo;
  const connection = await LineConnection.open(port, undefined, (line) => lines.push(line.toString()));
  const [socket] = (await accepted) as [Socket];
  socket.once('data', () => socket.end(ANSWER));
  const closed = once(socket, 'close');
  expect(await connection.send(REQUEST)).toBe(200);
  expect(lines).toEqual(['one\n', 'two\n']);
  await closed;
  await expect(connection.send(REQUEST)).rejects.toThrow('the server closed the connection');
});
