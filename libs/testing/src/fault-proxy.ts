import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteRunning } from './running.js';

/** A TCP relay in front of a server, which spoils the network between it and its clients. */
export interface FaultProxy {
  readonly port: number;
  /** The target's URL with the proxy's address in it. */
  readonly url: string;
  /** Connections stay open and nothing passes any more, as when a cable is pulled. New ones are taken and hang too. */
  pause(): void;
  /** What was held back passes now. */
  resume(): void;
  /** Every chunk takes this much longer, each way. 0: no delay. */
  delay(ms: number): void;
  /** Resets all connections; new ones are taken as before. */
  cut(): void;
  /** Resets all connections and refuses new ones until accept(). */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let gate = openGate();

  const forward = async (from: Socket, to: Socket): Promise<void> => {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (delayMs > 0) await sleep(delayMs);
        await gate.passed;
        if (!to.write(chunk)) await once(to, 'drain');
      }
      to.end();
    } catch {
      to.resetAndDestroy(); // one side was reset: so is the other
    }
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({
      host: target.hostname,
      port: Number(target.port),
      allowHalfOpen: true,
      noDelay: true,
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => undefined); // seen by forward()
    }
    client.setNoDelay(true);
    void forward(client, upstream);
    void forward(upstream, client);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    gate.open();
    await refuse();
    noteEnded();
  };
  const noteEnded = noteRunning({ name: `fault proxy (port ${port})`, end: stop });
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    port,
    url: url.href,
    pause: () => {
      gate.open();
      gate = closedGate();
    },
    resume: () => gate.open(),
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    refuse,
    accept: () => listen(port),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function openGate(): Gate {
  return { passed: Promise.resolve(), open: () => undefined };
}

function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { passed: promise, open: () => resolve(undefined) };
}
