import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PacSpace } from '@pacspace-io/sdk';
import {
  type RunningProgram,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  startProgram,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import { projectNode } from '../../tools/servers/index.mjs';

let gateway: TestGateway;
let projector: SpawnedApp;
let pac: PacSpace;

beforeAll(async () => {
  gateway = await spawnGateway();
  projector = await spawnApp('projector', gateway.env);
  pac = new PacSpace({ apiKey: gateway.keys.test, baseUrl: gateway.app.baseUrl });
}, 120_000);

afterAll(async () => {
  await projector.stop();
  await gateway.stop();
}, 60_000);

/** Runs libs/sdk/examples/NAME.ts as its reader would. */
function runExample(name: string, args: readonly string[], env: Record<string, string> = {}): RunningProgram {
  const file = join(import.meta.dirname, `../../libs/sdk/examples/${name}.ts`);
  return startProgram([projectNode(), '--disable-warning=ExperimentalWarning', file, ...args], {
    env: { PACSPACE_API_KEY: gateway.keys.test, PACSPACE_API_BASE_URL: gateway.app.baseUrl, ...env },
  });
}

describe('metering an LLM proxy', () => {
  /** Words are its tokens: it answers with the words of the prompt, backwards, and counts them. */
  async function startModel() {
    let answers = 0;
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { messages, stream, stream_options } = JSON.parse(Buffer.concat(chunks).toString());
        const words = (messages[0].content as string).split(' ');
        answers += 1;
        const head = { id: `chatcmpl-${answers}`, model: 'parrot-1' };
        const usage = { prompt_tokens: words.length, completion_tokens: words.length - 1 };
        if (stream !== true) {
          outgoing.writeHead(200, { 'content-type': 'application/json' });
          const message = { role: 'assistant', content: words.slice(1).toReversed().join(' ') };
          outgoing.end(JSON.stringify({ ...head, choices: [{ message }], usage }));
          return;
        }
        outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
        const send = (event: object): boolean =>
          outgoing.write(`data: ${JSON.stringify({ ...head, ...event })}\n\n`);
        for (const word of words.slice(1).toReversed())
          send({ choices: [{ delta: { content: `${word} ` } }] });
        if (stream_options?.include_usage === true) send({ choices: [], usage });
        outgoing.end('data: [DONE]\n\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it('records the tokens of each answer, streamed or not, and at its end what it still holds', async () => {
    const model = await startModel();
    const proxy = runExample('llm-proxy', [], { UPSTREAM: model.url, PORT: '0' });
    await waitFor(() => proxy.output().includes('listening on '));
    const port = /listening on (\d+)/.exec(proxy.output())?.[1];
    const chat = async (customer: string, content: string, stream: boolean): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-customer-id': customer, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'parrot-1', messages: [{ role: 'user', content }], stream }),
      });
      expect(answer.status).toBe(200);
      return await answer.text();
    };
    const answers = await Promise.all([
      chat('alice', 'one two three', false),
      chat('alice', 'one two three four', true),
      chat('bob', 'silence', true),
    ]);
    expect(JSON.parse(answers[0]).choices[0].message.content).toBe('three two');
    const words = [...answers[1].matchAll(/"content":"(\w+) "/g)].map(([, word]) => word);
    expect(words).toEqual(['four', 'three', 'two']);

    const nobody = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      body: '{}',
    });
    expect(nobody.status).toBe(401);
    proxy.process.kill('SIGTERM');
    // Five: the answer to one word has none.
    expect(await proxy.ended).toMatchObject({ code: 0, output: expect.stringMatching(/recorded 5\n$/) });
    model.server.close();

    const { breakdown, computedBalance } = await pac.balance.derive('alice', { groupBy: 'reason' });
    expect(computedBalance).toBe(3 + 2 + 4 + 3);
    expect(breakdown).toEqual([
      expect.objectContaining({ group: 'tokens.completion', netChange: 5 }),
      expect.objectContaining({ group: 'tokens.prompt', netChange: 7 }),
    ]);
    expect((await pac.balance.derive('bob')).deltas).toMatchObject([{ delta: 1, reason: 'tokens.prompt' }]);
  });
});

describe('a CSV backfill', () => {
  it('records each row once, however often it is run, and says what it could not record', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pacspace-backfill-'));
    const file = join(dir, 'usage.csv');
    const hour = new Date(Date.now() - 3_600_000).toISOString();
    const rows = Array.from({ length: 2_500 }, (_, i) => `acme,0.1,"calls, billed",${hour},${i}`);
    await writeFile(file, ['customer,amount,reason,time,id', ...rows, `acme,zero,x,${hour},bad`].join('\n'));
    const first = await runExample('csv-backfill', [file]).ended;
    expect(first.output).toMatch(/^backfill:bad: delta .*\n2500 recorded, 1 refused\n$/);
    expect(first.code).toBe(1);
    await writeFile(file, ['customer,amount,reason,time,id', ...rows, `acme,5,x,${hour},good`].join('\n'));
    expect(await runExample('csv-backfill', [file]).ended).toMatchObject({
      code: 0,
      output: '2501 recorded, 0 refused\n',
    });
    const { computedBalanceExact, deltas, deltasCount } = await pac.balance.derive('acme');
    expect({ computedBalanceExact, deltasCount }).toEqual({
      computedBalanceExact: '255',
      deltasCount: 2_501,
    });
    expect(deltas[0]).toMatchObject({ reason: 'calls, billed', occurredAt: hour });
    await rm(dir, { recursive: true });
  });
});
