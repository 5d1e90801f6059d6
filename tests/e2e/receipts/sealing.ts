import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import {
  checkAnswer,
  type Ended,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  type TestAnswer,
  type TestGateway,
} from '@pacspace/testing';
import { pacspace } from '../../system/commands.js';

export const API = '/api/v1/balance';
export const thisMonth = new Date().toISOString().slice(0, 7);
export const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0))
  .toISOString()
  .slice(0, 7);

/** An answer's body or a part of it: its shape is what is checked. */
export type Json = TestAnswer['body'];

export let gateway: TestGateway;
let checkpointer: SpawnedApp;
let projector: SpawnedApp | undefined;
let folder: string;

/** A gateway and a checkpointer. The projector comes with the first test: until then nothing is recorded. */
export async function startSealing(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-receipts-'));
  gateway = await spawnGateway();
  checkpointer = await spawnCheckpointer('5a'.repeat(32));
}

export async function stopSealing(): Promise<void> {
  await Promise.all([checkpointer.stop(), projector?.stop()]);
  await gateway.stop();
  await rm(folder, { recursive: true });
}

export async function startProjector(): Promise<void> {
  projector = await spawnApp('projector', gateway.env);
}

/** Another checkpointer in the place of the one that runs, which signs with this. */
export async function replaceCheckpointer(secret: string): Promise<void> {
  await checkpointer.stop();
  checkpointer = await spawnCheckpointer(secret);
}

const spawnCheckpointer = (secret: string): Promise<SpawnedApp> =>
  spawnApp('checkpointer', { ...gateway.env, LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: secret });

export async function emit(customerId: string, delta: number, parts: object = {}): Promise<Json> {
  const body = { customerId, delta, reason: 'usage', ...parts };
  const answer = await gateway.post(`${API}/delta`, body);
  expect(answer.status).toBe(201);
  return answer.body.data;
}

export async function seal(body: object): Promise<Json> {
  const answer = await gateway.post(`${API}/checkpoint`, body);
  expect(answer.status).toBe(201);
  return answer.body.data;
}

export const data = async (path: string): Promise<Json> => {
  const { status, body } = await gateway.get(path);
  expect({ path, status, error: body.error }).toEqual({ path, status: 200, error: undefined });
  return body.data;
};

export const isPublished = async (path: string): Promise<boolean> =>
  (await gateway.get(path)).body.data?.receiptState === 'published';

export const run = (...args: readonly string[]): Promise<Ended> => pacspace(args, { cwd: folder });

/** As a stranger would, who has a file and the log's keys and nothing else. */
export async function verify(...args: readonly string[]): Promise<Ended> {
  const keys = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
  await writeFile(join(folder, 'keys.json'), await keys.text());
  return await run('verify', '--key-file', 'keys.json', ...args);
}

export const write = async (name: string, value: unknown): Promise<string> => {
  await writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  return name;
};

/** As a stranger, with an access token or without; the answer is as documented. */
export async function askPublic(path: string, token?: string): Promise<TestAnswer> {
  const url = `${gateway.app.baseUrl}/api/v1/verify/${path}`;
  const answer = await fetch(url, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const body: unknown = await answer.json();
  checkAnswer({ method: 'GET', url, answer, body });
  return { status: answer.status, headers: answer.headers, body };
}
