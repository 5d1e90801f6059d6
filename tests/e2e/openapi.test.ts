import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RouteDeclaration } from '@pacspace/openapi';
import { checkAnswer, spawnApp, type SpawnedApp, spawnGateway, type TestGateway } from '@pacspace/testing';
import { gatewayRoutes } from '../../apps/gateway/src/routes.js';

let gateway: TestGateway;
let apps: SpawnedApp[];

beforeAll(async () => {
  gateway = await spawnGateway();
  apps = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('comparer', gateway.env),
    spawnApp('checkpointer', {
      ...gateway.env,
      LOG_ORIGIN_HOST: 'logs.test',
      LOG_SIGNING_KEY: '5a'.repeat(32),
    }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

interface Sent {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

/** Sends what a document says, as any client would, and holds the answer against the document. */
async function send(route: RouteDeclaration, { params = {}, query = {}, headers = {}, body }: Sent) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const search = new URLSearchParams(query).toString();
  const url = `${gateway.app.baseUrl}${path}${search === '' ? '' : `?${search}`}`;
  const method = route.method.toUpperCase();
  const answer = await fetch(url, {
    method,
    headers: {
      ...(route.access === 'key' && { 'x-api-key': gateway.keys.test }),
      ...(body !== undefined && { 'content-type': Object.keys(route.body?.content ?? {})[0] ?? '' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const found = (await answer.json()) as object;
  checkAnswer({ method, url, answer, body: found });
  return { status: answer.status, body: found };
}

/** As a client does: what cannot be answered yet, a read that the projector is late for, is asked for again. */
async function sendUntilServed(...request: Parameters<typeof send>): ReturnType<typeof send> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send(...request);
    if (answer.status !== 503 || tries === 5) return answer;
    await sleep(500);
  }
}

/** An OpenAPI runtime expression, of the one kind that is used: a place in the answer. */
function evaluate(expression: string, body: unknown): string {
  const pointer = /^\$response\.body#(\/.*)$/.exec(expression)?.[1];
  if (pointer === undefined) throw new Error(`cannot evaluate ${expression}`);
  const value = pointer
    .slice(1)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], body);
  return String(value);
}

describe('the examples of the OpenAPI document', () => {
  it('work as they stand, and their links lead on', async () => {
    const done = new Set<string>();
    for (const route of gatewayRoutes) {
      const { example, operationId } = route;
      if (example === undefined) continue;
      const [status, declared] = Object.entries(route.answers)[0]!;
      const answer = await send(route, example);
      expect({ operationId, ...answer }).toMatchObject({ operationId, status: Number(status) });
      done.add(operationId);
      for (const [name, link] of Object.entries(declared.links ?? {})) {
        const target = gatewayRoutes.find((one) => one.operationId === link.operationId)!;
        const params = Object.fromEntries(
          Object.entries(link.parameters).map(([param, expression]) => [
            param,
            evaluate(expression, answer.body),
          ]),
        );
        const followed = await sendUntilServed(target, { params });
        expect({ operationId, name, ...followed }).toMatchObject({ name, status: 200 });
        done.add(target.operationId);
      }
    }
    // A file of the log is asked for by its path, what is under a root by a vendor's token, and a delivery must have failed:
    // the end-to-end tests of these do so.
    const missing = gatewayRoutes.filter(({ operationId }) => !done.has(operationId));
    expect(missing.map(({ operationId }) => operationId).toSorted()).toEqual([
      'getLogFile',
      'getReceiptByRoot',
      'getStatementByRoot',
      'retryDelivery',
    ]);
  });

  it('are refused as documented when they are not valid', async () => {
    for (const route of gatewayRoutes) {
      if (route.access !== 'key') continue;
      const answer = await send(route, {
        params: { customerId: 'c', recordId: 'rec_0', receiptId: 'rcp_0' },
        headers: { 'x-api-key': 'pk_test_x.y' },
      });
      expect({ path: route.path, ...answer }).toMatchObject({
        status: 401,
        body: { error: { code: 'INVALID_API_KEY' } },
      });
    }
  });
});

describe('the document and its page', () => {
  it('are served without a key, and the page fetches nothing from elsewhere', async () => {
    const document = await fetch(`${gateway.app.baseUrl}/openapi.json`);
    expect(document.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await document.json()).toMatchObject({ openapi: '3.1.1', info: { title: 'PacSpace' } });
    const page = await fetch(`${gateway.app.baseUrl}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part!);
    expect(parts.filter((part) => !part.startsWith('/') && part !== 'data:,')).toEqual([]);
    for (const part of parts.filter((one) => one.startsWith('/'))) {
      const answer = await fetch(`${gateway.app.baseUrl}${part}`);
      expect({ part, status: answer.status }).toEqual({ part, status: 200 });
      expect((await answer.text()).length).toBeGreaterThan(100);
    }
  });
});
