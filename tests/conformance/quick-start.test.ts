import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PacSpace } from '@pacspace-io/sdk';
import { spawnApp, type SpawnedApp } from '@pacspace/testing';
import { type ConsoleSystem, startConsoleSystem } from '../system/console.js';
import { PRINTED, PROMISES } from './promises.js';
import { readCurl } from './read-curl.js';
import { type Block, readGuide } from './read-guide.js';
import { makeProject, type Project } from './run-program.js';
import { type Played, Shell } from './shell.js';

const GUIDE = process.env['PACSPACE_QUICK_START'] ?? join(import.meta.dirname, 'quick-start.md');
const PUBLIC_HOST = 'https://app.pacspace.io';
const SANDBOX = '<Sandbox URL from dashboard>';
const KEY = 'pk_test_PUBLIC.SECRET';

const blocks = readGuide(readFileSync(GUIDE, 'utf8'));
const programs = blocks.filter(({ kind }) => kind === 'typescript').map(({ text }) => text);

let system: ConsoleSystem;
let apps: SpawnedApp[];
let project: Project;

beforeAll(async () => {
  [system, project] = await Promise.all([startConsoleSystem(), makeProject()]);
  const { env } = system.system;
  apps = await Promise.all([
    spawnApp('projector', env),
    spawnApp('comparer', env),
    spawnApp('checkpointer', { ...env, LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([...apps.map((app) => app.stop()), project.remove()]);
  await system.close();
}, 60_000);

describe('the commands of the Quick Start', () => {
  it('do what it says, one after the other, on a fresh system', async () => {
    const shell = new Shell();
    const replaced: [string, string][] = [[PUBLIC_HOST, system.gateway.baseUrl]];
    const replace = (block: Block): Block => ({
      ...block,
      text: replaced.reduce((text, [from, to]) => text.replaceAll(from, to), block.text),
    });
    const played: string[] = [];
    for (const block of blocks.map((one) => () => replace(one))) {
      const { kind, line, text } = block();
      if (kind === 'export') shell.export(block());
      if (kind !== 'curl') continue;
      const { method, url } = readCurl(text, shell.variables);
      const call = `${method} ${url.pathname}`;
      if (call === 'POST /dashboard/auth/login') await join_(text);
      const answer = await shell.curl(block());
      played.push(call);
      const check = PROMISES[call];
      if (check === undefined) throw new Error(`nobody knows what ${call} (line ${line}) is to come to`);
      try {
        check(answer);
      } catch (error) {
        throw new Error(`line ${line}, ${call}: ${(error as Error).message}`, { cause: error });
      }
      replaced.push(...learn(call, answer));
    }
    expect(played.toSorted()).toEqual(Object.keys(PROMISES).toSorted());
  });
});

/** What the reader copies from an answer into the commands that follow. */
function learn(call: string, { body }: Played): [string, string][] {
  if (call === 'POST /dashboard/api-keys') return [[KEY, body.data.fullKey]];
  if (call !== 'GET /dashboard/environments') return [];
  const sandbox = body.data.items.find(({ name }: { name: string }) => name === 'sandbox');
  return [[SANDBOX, sandbox.baseUrl]];
}

/** What the guide says in words only: the operator approves, the reader registers and follows the link of the mail. */
async function join_(login: string): Promise<void> {
  const { email, password } = JSON.parse(readCurl(login, {}).body ?? '') as {
    email: string;
    password: string;
  };
  const approved = await system.operator.post(`/operator/access-requests/${email}/approve`);
  const visitor = system.visitor();
  const { approvalToken } = approved.body.data;
  const person = { name: 'Jane Doe', organization: 'Acme Inc', buyerMode: 'DIRECT_INFERENCE_VENDOR' };
  const registered = await visitor.post('/dashboard/auth/register', {
    ...person,
    email,
    password,
    approvalToken,
  });
  expect(registered.status).toBe(201);
  const token = await system.operator.tokenOf('verify-email', email);
  expect((await visitor.get(`/dashboard/auth/verify?token=${token}`)).status).toBe(200);
}

describe('the program of the Quick Start', () => {
  it('prints what it says, in a project that has the published package and nothing else', async () => {
    const { env, source } = await prepare('program@example.com');
    const lines = await project.run(programs.map(source).join('\n'), env);
    expect(lines).toHaveLength(PRINTED.length);
    PRINTED.forEach((pattern, i) => expect(lines[i]).toMatch(pattern));
  });

  it('is told by a typed error when the plan is used up', async () => {
    const { env, pac, source } = await prepare('spender@example.com');
    const { remaining } = await pac.balance.usage();
    expect(remaining).toBe(100);
    const spent = Array.from({ length: 100 }, () => ({ customerId: 'cust_123', delta: 1, reason: 'spent' }));
    expect(await pac.balance.emitBatch(spent)).toMatchObject({ totalQueued: 100 });
    const [flow = '', ...others] = programs;
    // Of the first program what the others go on from: the client.
    const client = flow.slice(0, flow.indexOf('\n', flow.indexOf('new PacSpace(')) + 1);
    const lines = await project.run([client, ...others].map(source).join('\n'), env);
    expect(lines).toEqual(['Plan limit reached - upgrade or wait for next period']);
    expect(await pac.balance.derive('cust_123')).toMatchObject({ computedBalance: 100 });
  });
});

/** A customer of the service with a sandbox of their own. */
async function prepare(email: string) {
  const owner = await system.signUp(email);
  const created = await owner.post('/dashboard/api-keys', { name: 'program' });
  const apiKey = created.body.data.fullKey as string;
  const baseUrl = system.gateway.baseUrl;
  return {
    env: { PACSPACE_API_BASE_URL: baseUrl },
    source: (program: string) => program.replaceAll(KEY, apiKey),
    pac: new PacSpace({ apiKey, baseUrl }),
  };
}
