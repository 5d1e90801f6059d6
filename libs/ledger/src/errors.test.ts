import { describe, expect, it } from '@jest/globals';
import { isPassing, LedgerError } from './errors.js';

const withCode = (code: string): Error => Object.assign(new Error('from the driver'), { code });

describe('isPassing', () => {
  it.each([
    ['08000', 'connection_exception'],
    ['08006', 'connection_failure'],
    ['53100', 'disk_full'],
    ['53300', 'too_many_connections'],
    ['57014', 'query_canceled'],
    ['57P01', 'admin_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['25006', 'read_only_sql_transaction: a standby that is being promoted'],
    ['55P03', 'lock_not_available'],
    ['58030', 'io_error'],
    ['ECONNREFUSED', 'nobody listens'],
    ['ECONNRESET', 'cut'],
    ['EPIPE', 'cut'],
    ['ETIMEDOUT', 'silent'],
    ['EHOSTUNREACH', 'no way there'],
    ['ENETUNREACH', 'no way there'],
    ['EAI_AGAIN', 'no name server'],
  ])('%s (%s) may go better later', (code) => {
    expect(isPassing(withCode(code))).toBe(true);
  });

  it.each([
    ['23505', 'unique_violation'],
    ['22021', 'character_not_in_repertoire'],
    ['42P01', 'undefined_table'],
    ['42601', 'syntax_error'],
    ['25P02', 'in_failed_sql_transaction'],
    ['28P01', 'invalid_password'],
    ['3D000', 'invalid_catalog_name'],
    ['XX000', 'internal_error'],
    ['ENOENT', 'not of the network'],
  ])('%s (%s) will not', (code) => {
    expect(isPassing(withCode(code))).toBe(false);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('knows the driver’s messages without a code: %s', (message) => {
    expect(isPassing(new Error(message))).toBe(true);
  });

  it('knows its own errors, and looks into what several addresses of a host have answered', () => {
    expect(isPassing(new LedgerError('UNAVAILABLE', 'x'))).toBe(true);
    expect(isPassing(new LedgerError('FENCED', 'x'))).toBe(false);
    expect(isPassing(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]))).toBe(true);
    expect(isPassing(new AggregateError([withCode('ECONNREFUSED'), withCode('28P01')]))).toBe(false);
  });

  it.each([undefined, null, 'Connection terminated', { code: 8006 }, {}, new Error('column does not exist')])(
    'takes nothing else for passing: %p',
    (error) => {
      expect(isPassing(error)).toBe(false);
    },
  );
});
