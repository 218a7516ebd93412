import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy on the loopback, and which servers it was asked for. */
export interface ConnectProxy {
  readonly url: string;
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy that leads every connection to one port of the loopback, whatever server was asked for. */
export async function connectProxyTo(port: number): Promise<ConnectProxy> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => void proxy.close(() => resolve())),
  };
}
