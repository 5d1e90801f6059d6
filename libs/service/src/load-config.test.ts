import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeConfig, formatConfigHelp } from './describe-config.js';
import { ConfigError } from './errors.js';
import { type Env, loadConfig } from './load-config.js';
import { boolean, choice, integer, port, ratio, readBy, secret, text, url, urlList } from './variables.js';

const schema = z.object({
  PORT: port('public HTTP').default(8080),
  NATS_URL: urlList('the log', 'nats'),
  DATABASE_URL: url('the ledger', 'postgres'),
  REDIS_URL: url('the cache', 'redis').optional(),
  KEY_PEPPER: secret('keys the hash of API keys'),
  GROUP_MAX_BYTES: integer('cap of one envelope', { min: 1024, max: 900_000, unit: 'bytes' }).default(
    262_144,
  ),
  SANDBOX_ONLY: boolean('refuse live keys').default(false),
  SAMPLE: ratio('share of traces kept').default(0.01),
  MODE: choice('what the log promises', ['fsync', 'replicated']).default('fsync'),
  ORIGIN: text('name of the environment', 'pacspace.example/log').optional(),
});

const good = {
  NATS_URL: 'nats://a:4222, nats://b:4222',
  DATABASE_URL: 'postgres://app:hunter2hunter2@db:5432/ledger',
  KEY_PEPPER: '0123456789abcdef',
};

function problemsOf(env: Env): Record<string, string> {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    }
    throw error;
  }
  return {};
}

describe('loadConfig', () => {
  it('gives typed values and defaults', () => {
    expect(
      loadConfig(schema, { ...good, PORT: '0', SANDBOX_ONLY: 'Yes', SAMPLE: '.5', UNRELATED: 'x' }),
    ).toEqual({
      PORT: 0,
      NATS_URL: ['nats://a:4222', 'nats://b:4222'],
      DATABASE_URL: good.DATABASE_URL,
      KEY_PEPPER: good.KEY_PEPPER,
      GROUP_MAX_BYTES: 262_144,
      SANDBOX_ONLY: true,
      SAMPLE: 0.5,
      MODE: 'fsync',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig(schema, { ...good, PORT: '' }).PORT).toBe(8080);
    expect(problemsOf({ ...good, KEY_PEPPER: '' })['KEY_PEPPER']).toContain('is not set');
  });

  it('names every bad variable at once, with what was given, what is expected and an example', () => {
    const problems = problemsOf({
      DATABASE_URL: good.DATABASE_URL,
      PORT: '80a',
      GROUP_MAX_BYTES: '5',
      MODE: 'sync',
    });
    expect(Object.keys(problems).sort()).toEqual([
      'GROUP_MAX_BYTES',
      'KEY_PEPPER',
      'MODE',
      'NATS_URL',
      'PORT',
    ]);
    expect(problems['PORT']).toBe('must be a whole number from 0 to 65535; given: "80a". Example: PORT=8080');
    expect(problems['GROUP_MAX_BYTES']).toContain('a whole number of bytes from 1024 to 900000; given: "5"');
    expect(problems['MODE']).toContain('one of fsync, replicated; given: "sync"');
    expect(problems['NATS_URL']).toBe(
      'is not set (the log); it must be one or more URLs with commas between, each starting with ' +
        'nats:// or tls:// or ws:// or wss://. Example: NATS_URL=nats://127.0.0.1:4222',
    );
  });

  it.each(['65536', '-1', '1.5', '0x10', '1e3', ' 1', '9'.repeat(20), 'NaN'])('refuses port %j', (value) => {
    expect(Object.keys(problemsOf({ ...good, PORT: value }))).toEqual(['PORT']);
  });

  it.each(['1.01', '-0', '1e-3', 'half'])('refuses ratio %j', (value) => {
    expect(Object.keys(problemsOf({ ...good, SAMPLE: value }))).toEqual(['SAMPLE']);
  });

  it.each([
    'app:hunter2hunter2@db:5432/ledger',
    'mysql://app:hunter2hunter2@db/x',
    'postgres://',
    'hunter2hunter2',
  ])('refuses %j as the URL of Postgres, and never prints it', (value) => {
    const problems = problemsOf({ ...good, DATABASE_URL: value });
    expect(Object.keys(problems)).toEqual(['DATABASE_URL']);
    expect(problems['DATABASE_URL']).not.toContain('hunter2');
    expect(problems['DATABASE_URL']).toContain(`${value.length} characters that are not shown`);
  });

  it('tells only the length of a bad secret', () => {
    const { KEY_PEPPER } = problemsOf({ ...good, KEY_PEPPER: 'short-one' });
    expect(KEY_PEPPER).toContain('at least 16 characters; given: 9 characters that are not shown');
    expect(KEY_PEPPER).not.toContain('short-one');
  });

  it('reads on from the text of a variable, and from none, and says what is wrong with it', () => {
    const read = (value = 'a=1') => {
      const [name, count] = value.split('=');
      return count === undefined ? 'there is no =' : { name, count: Number(count) };
    };
    const one = z.object({ PAIR: text('a pair', 'a=1').optional().transform(readBy('a pair', read)) });
    expect(loadConfig(one, {})).toEqual({ PAIR: { name: 'a', count: 1 } });
    expect(loadConfig(one, { PAIR: 'b=2' })).toEqual({ PAIR: { name: 'b', count: 2 } });
    expect(() => loadConfig(one, { PAIR: 'b' })).toThrow(
      'PAIR: must be a pair: there is no =; given: "b". Example: PAIR=a=1',
    );
  });

  it('reports a rule over several variables', () => {
    const both = z
      .object({ LOW: integer('low', { min: 0, max: 9 }), HIGH: integer('high', { min: 0, max: 9 }) })
      .refine(({ LOW, HIGH }) => LOW <= HIGH, { message: 'LOW must not be above HIGH' });
    expect(() => loadConfig(both, { LOW: '2', HIGH: '1' })).toThrow('(all): LOW must not be above HIGH');
  });

  describe('a secret as a file', () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'config-'));
      writeFileSync(join(directory, 'pepper'), 'fedcba9876543210\n');
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    it('is read without its last newline', () => {
      const file = join(directory, 'pepper');
      expect(loadConfig(schema, { ...good, KEY_PEPPER: undefined, KEY_PEPPER_FILE: file }).KEY_PEPPER).toBe(
        'fedcba9876543210',
      );
    });

    it('that is missing, or given beside the variable, is a problem of that variable only', () => {
      const missing = problemsOf({
        ...good,
        KEY_PEPPER: undefined,
        KEY_PEPPER_FILE: join(directory, 'none'),
      });
      expect(missing['KEY_PEPPER']).toMatch(
        /KEY_PEPPER_FILE names ".*none", which cannot be read \(ENOENT\)/,
      );
      expect(Object.keys(missing)).toEqual(['KEY_PEPPER']);
      const twice = problemsOf({ ...good, KEY_PEPPER_FILE: join(directory, 'pepper') });
      expect(twice['KEY_PEPPER']).toContain('given twice');
    });

    it('is not looked for where the variable is no secret', () => {
      expect(loadConfig(schema, { ...good, PORT_FILE: join(directory, 'pepper') }).PORT).toBe(8080);
    });
  });
});

describe('describeConfig', () => {
  it('lists every variable with its default, through the wrappers', () => {
    const described = new Map(describeConfig(schema).map((variable) => [variable.name, variable]));
    expect([...described.keys()]).toEqual(Object.keys(schema.shape));
    expect(described.get('PORT')).toEqual({
      name: 'PORT',
      about: 'public HTTP',
      expected: 'a whole number from 0 to 65535',
      example: '8080',
      secret: false,
      required: false,
      default: '8080',
    });
    expect(described.get('KEY_PEPPER')).toMatchObject({ required: true, secret: true, default: undefined });
    expect(described.get('REDIS_URL')).toMatchObject({ required: false, secret: true, default: undefined });
  });

  it('gives examples that the schema itself accepts', () => {
    const examples = Object.fromEntries(describeConfig(schema).map(({ name, example }) => [name, example]));
    expect(() => loadConfig(schema, examples)).not.toThrow();
  });

  it('makes a help text', () => {
    const help = formatConfigHelp('gateway', describeConfig(schema));
    expect(help).toContain('  PORT  (default 8080)\n      public HTTP.\n');
    expect(help).toContain('  KEY_PEPPER  (required)');
    expect(help).toContain('or KEY_PEPPER_FILE, the path of a file that holds it');
  });

  it('hides the credentials of a default', () => {
    const withDefault = z.object({ A: url('a', 'redis').default('redis://u:sesame@h/0') });
    expect(describeConfig(withDefault)[0]?.default).toBe('redis://***@h/0');
  });
});
