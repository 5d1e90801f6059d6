import { describe, expect, it } from '@jest/globals';
import { createLogger, type LoggerOptions } from './logger.js';
import { NestLogger } from './nest-logger.js';

type Line = Record<string, unknown>;

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: Line[] = [];
  const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Line) };
  return { lines, logger: createLogger({ app: 'gateway', version: '1.2.3', destination, ...options }) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with app, version, level by name and an ISO time', () => {
    const { lines, logger } = capture();
    logger.info({ lane: 3 }, 'published');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        app: 'gateway',
        version: '1.2.3',
        pid: process.pid,
        lane: 3,
        msg: 'published',
      },
    ]);
  });

  it('writes nothing below its level', () => {
    const { lines, logger } = capture({ level: 'warn' });
    logger.info('no');
    logger.warn('yes');
    expect(lines.map((line) => line['msg'])).toEqual(['yes']);
  });

  it('takes secrets out of fields, of messages, and of errors with their causes', () => {
    const { lines, logger } = capture();
    const cause = new Error('dial redis://:hunter2@cache:6379: refused');
    logger.error(
      { err: new Error('cache down', { cause }), headers: { cookie: 'hunter2' } },
      'at nats://u:hunter2@log',
    );
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({ msg: 'at nats://***@log', headers: { cookie: '***' } });
  });

  it('scrubs the lines of a child as well', () => {
    const { lines, logger } = capture();
    logger.child({ apiKey: 'hunter2' }).info('child');
    expect(lines[0]).toMatchObject({ apiKey: '***', msg: 'child' });
  });
});

describe('NestLogger', () => {
  it('keeps level, text and context', () => {
    const { lines, logger } = capture({ level: 'trace' });
    const nest = new NestLogger(logger);
    nest.log('Mapped {/delta, POST}', 'RouterExplorer');
    nest.warn('careful');
    nest.verbose('detail', 'X');
    nest.error('boom', 'Error: boom\n    at x (y.js:1:2)', 'ExceptionsHandler');
    nest.error(new Error('thrown'), 'Injector');
    nest.log({ hello: 1 }, 'Y');
    expect(lines).toMatchObject([
      { level: 'info', msg: 'Mapped {/delta, POST}', context: 'RouterExplorer' },
      { level: 'warn', msg: 'careful' },
      { level: 'trace', msg: 'detail', context: 'X' },
      { level: 'error', msg: 'boom', context: 'ExceptionsHandler', stack: expect.stringContaining('at x') },
      { level: 'error', msg: 'thrown', context: 'Injector', err: { type: 'Error', message: 'thrown' } },
      { level: 'info', msg: 'nest', context: 'Y', detail: { hello: 1 } },
    ]);
  });
});
