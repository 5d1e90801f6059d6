import {
  checkAnswer,
  type FaultProxy,
  freePort,
  spawnApp,
  type SpawnedApp,
  startFaultProxy,
  waitFor,
} from '@pacspace/testing';
import { type Answer } from './api.js';
import { startCalmSystem, type System } from './start-system.js';

const OPERATOR_TOKEN = 'a-token-that-only-the-operator-of-these-tests-has';
export const PASSWORD = 'your-secure-password';

interface Mailbox {
  /** The one-time token of the latest mail of a kind; waits for it. */
  tokenOf(kind: string, to: string): Promise<string>;
}

/** The console behind a gateway, as people reach it, and the operator's side of it. */
export interface ConsoleSystem {
  readonly system: System;
  readonly gateway: SpawnedApp;
  readonly operator: Operator;
  /** Somebody at a network address of their own, without a session. */
  visitor(): Visitor;
  /** Asks for access, is approved, registers, verifies, logs in. @returns an owner with a session. */
  signUp(email: string, organization?: string): Promise<Visitor>;
  console(): SpawnedApp;
  /** Between the console and its data base. */
  readonly database: FaultProxy;
  /** Ends the console, and starts another one where it was. */
  restartConsole(): Promise<void>;
  close(): Promise<void>;
}

/** @param mailbox where mails arrive that the console sends; the operator's list of mails unless told */
export async function startConsoleSystem(
  extra: Record<string, string> = {},
  mailbox?: Mailbox,
): Promise<ConsoleSystem> {
  const system = await startCalmSystem();
  const [port, publicPort] = [await freePort(), await freePort()];
  const env = {
    ...system.env,
    OPERATOR_TOKEN,
    PUBLIC_URL: `http://127.0.0.1:${publicPort}`,
    CONSOLE_URL: `http://127.0.0.1:${port}`,
    // The tests are the outer proxy: they say where a request comes from.
    PROXY_HOPS: '2',
    ...extra,
  };
  const database = await startFaultProxy(system.env['DATABASE_URL']!);
  const spawnConsole = () => spawnApp('console', { ...env, DATABASE_URL: database.url, PORT: String(port) });
  const [firstConsole, gateway] = await Promise.all([
    spawnConsole(),
    spawnApp('gateway', { ...env, PORT: String(publicPort) }),
  ]);
  let consoleApp = firstConsole;
  const operator = new Operator(env.CONSOLE_URL, OPERATOR_TOKEN);
  let visitors = 0;
  const visitor = () =>
    new Visitor(gateway.baseUrl, `10.0.${Math.floor(++visitors / 200)}.${(visitors % 200) + 1}`);
  return {
    system,
    gateway,
    operator,
    visitor,
    signUp: (email, organization = 'Acme Inc') =>
      signUp(visitor(), operator, { email, organization, mailbox: mailbox ?? operator }),
    console: () => consoleApp,
    database,
    restartConsole: async () => {
      await consoleApp.stop();
      consoleApp = await spawnConsole();
    },
    close: async () => {
      await Promise.all([consoleApp.stop(), gateway.stop()]);
      await database.stop();
      await system.close();
    },
  };
}

interface SignUp {
  readonly email: string;
  readonly organization: string;
  readonly mailbox: Mailbox;
}

async function signUp(
  visitor: Visitor,
  operator: Operator,
  { email, mailbox, organization }: SignUp,
): Promise<Visitor> {
  const person = { name: 'Jane Doe', email, organization, buyerMode: 'DIRECT_INFERENCE_VENDOR' };
  await visitor.post('/dashboard/auth/request-access', { ...person, useCase: 'Tests.' });
  const approved = await operator.post(`/operator/access-requests/${email}/approve`);
  const approvalToken = approved.body.data.approvalToken as string;
  await visitor.post('/dashboard/auth/register', { ...person, password: PASSWORD, approvalToken });
  const token = await mailbox.tokenOf('verify-email', email);
  await visitor.get(`/dashboard/auth/verify?token=${token}`);
  const answer = await visitor.logIn(email);
  if (answer.status !== 201) throw new Error(`cannot log in: ${JSON.stringify(answer.body)}`);
  return visitor;
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser: it keeps its cookies, and sends the header that the dashboard's own pages send. */
export class Visitor {
  cookie: string | undefined;

  constructor(
    readonly baseUrl: string,
    /** Where the outer proxy says that it is. */
    public address: string,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, { headers });
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('POST', path, { body, headers: { 'x-pacspace-csrf': '1', ...headers } });
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.ask('PATCH', path, { body, headers: { 'x-pacspace-csrf': '1' } });
  }

  delete(path: string): Promise<Answer> {
    return this.ask('DELETE', path, { headers: { 'x-pacspace-csrf': '1' } });
  }

  logIn(email: string, password = PASSWORD): Promise<Answer> {
    return this.post('/dashboard/auth/login', { email, password });
  }

  /** Every answer is held against docs/openapi.json. */
  async ask(method: string, path: string, { body, headers = {} }: Ask = {}): Promise<Answer> {
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      redirect: 'error',
      headers: {
        'x-forwarded-for': this.address,
        ...(this.cookie !== undefined && { cookie: this.cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(';', 1)[0];
    const found = await readBody(answer);
    checkAnswer({ method, url: path, answer, body: found });
    return { status: answer.status, headers: answer.headers, body: found };
  }
}

export class Operator {
  constructor(
    readonly baseUrl: string,
    readonly token: string,
  ) {}

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.ask('POST', path, body);
  }

  /** The one-time token of the latest mail of a kind; waits for it. */
  async tokenOf(kind: string, to: string): Promise<string> {
    let token: string | undefined;
    await waitFor(async () => {
      const [mail] = await this.mails(kind, to);
      token = /^ {2}(?:.*[?&]token=)?([\w-]{43})$/m.exec(mail?.text ?? '')?.[1];
      return token !== undefined;
    });
    return token ?? '';
  }

  async mails(kind: string, to: string): Promise<{ deliveryState: string; text: string | null }[]> {
    const answer = await this.get(`/operator/mails?limit=100&to=${encodeURIComponent(to)}`);
    const items = answer.body.data.items as { kind: string; deliveryState: string; text: string | null }[];
    return items.filter((mail) => mail.kind === kind);
  }

  private async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: await readBody(answer) };
  }
}

async function readBody(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!(answer.headers.get('content-type') ?? '').includes('json')) return text;
  return text === '' || answer.headers.get('content-type')?.includes('ndjson') ? text : JSON.parse(text);
}
