import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { startNats, type TestNats } from '@pacspace/testing';
import { COMPARE_WORK_STREAM, DEAD_LETTERS_STREAM, DELTAS_STREAM, EVENTS_STREAM } from '@pacspace/wire';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { readDurability } from './durability.js';
import { countEnvelopes } from './lane-counts.js';
import { lastToldSequence, readEnvelopeAt } from './lane-events.js';
import { publishEnvelope } from './publish.js';

async function open(url: string, lanes: number): Promise<DeltaLog & AsyncDisposable> {
  const connection = await connectLog({ url, name: 'delta-log test' });
  try {
    const log = await openDeltaLog(connection, { lanes });
    return { ...log, [Symbol.asyncDispose]: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

describe('openDeltaLog', () => {
  it('makes the streams, finds them again with their content, and refuses another lane count', async () => {
    await using server = await startNats();
    {
      await using log = await open(server.url, 4);
      expect(log.lanes).toBe(4);
      await publishEnvelope(log, { lane: 3, publishId: 'x', payload: 'kept' }, 5_000);
    }
    await server.kill();
    await server.start();
    await expect(open(server.url, 8)).rejects.toMatchObject({
      code: 'LANES_MISMATCH',
      message: expect.stringMatching(/LANES is 8, but the log was made with 4/),
    });
    await using again = await open(server.url, 4);
    expect(await countEnvelopes(again)).toEqual([0, 0, 0, 1]);
    expect(await readEnvelopeAt(again, 3, 1)).toBe('kept');
  });

  it('may be called by several apps at the same moment', async () => {
    await using server = await startNats();
    const logs = await Promise.all(Array.from({ length: 5 }, () => open(server.url, 16)));
    const streams: string[] = [];
    for await (const stream of logs[0]!.manager.streams.list()) streams.push(stream.config.name);
    expect(streams.sort()).toEqual([COMPARE_WORK_STREAM, DEAD_LETTERS_STREAM, DELTAS_STREAM, EVENTS_STREAM]);
    await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
  });

  it('refuses a stream of that name whose lanes are not recorded', async () => {
    await using server = await startNats();
    const connection = await connectLog({ url: server.url, name: 'stranger' });
    const { manager } = await openDeltaLog(connection, { lanes: 1 });
    await manager.streams.delete(DELTAS_STREAM);
    await manager.streams.add({ name: DELTAS_STREAM, subjects: ['deltas.*'] });
    await expect(openDeltaLog(connection, { lanes: 1 })).rejects.toMatchObject({ code: 'LANES_MISMATCH' });
    await connection.close();
  });

  it('says why when the server cannot keep the log', async () => {
    await using server = await startNats();
    const connection = await connectLog({ url: server.url, name: 'too many replicas' });
    await expect(openDeltaLog(connection, { lanes: 1, replicas: 3 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/replicas/),
    });
    await connection.close();
  });

  it('keeps anybody from deleting from the log', async () => {
    await using server = await startNats();
    await using log = await open(server.url, 2);
    const sequence = await publishEnvelope(log, { lane: 1, publishId: 'x', payload: 'stays' }, 5_000);
    await expect(log.manager.streams.deleteMessage(DELTAS_STREAM, sequence)).rejects.toThrow(/not permitted/);
    await expect(log.manager.streams.purge(DELTAS_STREAM)).rejects.toThrow(/not permitted/);
    // Nor can the guard be taken away, or a limit be set that would delete.
    const { config } = await log.manager.streams.info(DELTAS_STREAM);
    for (const change of [{ deny_delete: false }, { deny_purge: false }]) {
      await expect(log.manager.streams.update(DELTAS_STREAM, { ...config, ...change })).rejects.toThrow(
        /deny/,
      );
    }
    expect(await readEnvelopeAt(log, 1, sequence)).toBe('stays');
  });
});

describe('connectLog', () => {
  it('is UNAVAILABLE when nobody listens, and shows no credential', async () => {
    const connecting = connectLog({ url: 'nats://someone:secret@127.0.0.1:1', name: 'nobody' });
    await expect(connecting).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'cannot connect to NATS at nats://127.0.0.1:1',
    });
  });

  it('is UNAVAILABLE with a wrong password', async () => {
    await using server = await startNats();
    const url = new URL(server.url);
    url.password = 'wrong';
    await expect(connectLog({ url: url.href, name: 'stranger' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it.each(['as a list', 'comma separated'])(
    'takes several servers, %s, of which one may be away',
    async (how) => {
      await using server = await startNats();
      const away = new URL(server.url);
      away.port = '1';
      const urls = [away.href, server.url];
      const connection = await connectLog({
        url: how === 'as a list' ? urls : urls.join(','),
        name: 'two servers',
      });
      expect(connection.isClosed()).toBe(false);
      await connection.close();
    },
  );
});

describe('durability', () => {
  let server: TestNats;
  let facts: { serverVersion: string; serverId: string; replicas: number; monitorUrl: string };

  beforeAll(async () => {
    server = await startNats();
    const { hostname, port, username, password } = new URL(server.url);
    const connection = await connect({ servers: `${hostname}:${port}`, user: username, pass: password });
    const { version, server_id } = connection.info!;
    facts = { serverVersion: version, serverId: server_id, replicas: 1, monitorUrl: server.monitorUrl };
    await connection.close();
  });

  afterAll(() => server.stop());

  it('is fsync where the server says that it always syncs', async () => {
    const connection = await connectLog({ url: server.url, name: 'fsync' });
    const log = await openDeltaLog(connection, { lanes: 1, monitorUrl: server.monitorUrl });
    expect(log.durability).toEqual({ kind: 'fsync', detail: 'sync_interval: always' });
    await connection.close();
  });

  it('is replicated where several servers have it', async () => {
    expect(await readDurability({ ...facts, replicas: 3 })).toMatchObject({ kind: 'replicated' });
  });

  it.each(['2.9.10', '1.4.0', '0.0.0'])(
    'is buffered with nats-server %s, which cannot sync',
    async (serverVersion) => {
      expect(await readDurability({ ...facts, serverVersion })).toMatchObject({
        kind: 'buffered',
        detail: expect.stringContaining(serverVersion),
      });
    },
  );

  it.each(['2.10.0', '2.10.27', '2.12.1', '3.0.0'])('believes nats-server %s', async (serverVersion) => {
    expect(await readDurability({ ...facts, serverVersion })).toMatchObject({ kind: 'fsync' });
  });

  it('is buffered where nobody can be asked, and says so', async () => {
    expect(await readDurability({ ...facts, monitorUrl: undefined })).toEqual({
      kind: 'buffered',
      detail: 'NATS_MONITOR_URL is not set, so nobody can say whether the server syncs',
    });
    expect(await readDurability({ ...facts, monitorUrl: 'http://127.0.0.1:1' })).toMatchObject({
      kind: 'buffered',
      detail: expect.stringMatching(/cannot be asked/),
    });
  });

  it('does not take another server’s word', async () => {
    await using other = await startNats();
    expect(await readDurability({ ...facts, monitorUrl: other.monitorUrl })).toMatchObject({
      kind: 'buffered',
      detail: expect.stringMatching(/another server/),
    });
  });

  it.each([
    [
      'one that syncs now and then',
      200,
      (id: string) => JSON.stringify({ server_id: id, jetstream: { config: { sync_interval: 1 } } }),
    ],
    ['one without JetStream', 200, (id: string) => JSON.stringify({ server_id: id })],
    ['an error', 500, () => '{}'],
    ['no JSON', 200, () => 'text'],
  ])('is buffered when the monitoring port answers with %s', async (_, status, body) => {
    const monitor = createServer((_request, response) => {
      response.writeHead(status).end(body(facts.serverId));
    });
    const monitorUrl = await listen(monitor);
    expect(await readDurability({ ...facts, monitorUrl })).toMatchObject({ kind: 'buffered' });
    monitor.closeAllConnections();
    monitor.close();
  });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('when the server is away', () => {
  it('every question to the log is UNAVAILABLE', async () => {
    await using server = await startNats();
    await using log = await open(server.url, 2);
    await server.stop();
    const failing = [
      countEnvelopes(log),
      lastToldSequence(log, 0),
      readEnvelopeAt(log, 0, 1),
      openDeltaLog(log.connection, { lanes: 2 }),
    ];
    for (const result of await Promise.allSettled(failing)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
  });
});
