import { describe, expect, it } from '@jest/globals';
import { ApiError } from '@pacspace/wire';
import { readCloudEvent } from './read-cloud-event.js';
import { readIdempotencyKey, readItem } from './read-item.js';

const NOW = Date.UTC(2026, 10, 24);
const DELTA = { customerId: 'c1', delta: '1.5', reason: 'calls' };

function fieldsOf(result: unknown): string[] {
  if (!(result instanceof ApiError)) throw new Error('was taken');
  expect(result.code).toBe('VALIDATION_FAILED');
  return (result.fields ?? []).map((field) => field.path);
}

describe('readItem', () => {
  it('takes the key from the item, then from its reference, then from the batch', () => {
    const keyOf = (item: object, batchKey?: string): unknown => {
      const read = readItem({ ...DELTA, ...item }, NOW, batchKey);
      return read instanceof ApiError ? read : read.key;
    };
    expect(keyOf({ idempotencyKey: 'k', referenceId: 'r' }, 'b')).toBe('k');
    expect(keyOf({ referenceId: 'r' }, 'b')).toBe('r');
    expect(keyOf({}, 'b')).toBe('b');
    expect(keyOf({})).toBeUndefined();
  });

  it('names every field that is wrong', () => {
    expect(fieldsOf(readItem({ customerId: 'c%', delta: 0, reason: '', x: 1 }, NOW))).toEqual([
      'customerId',
      'delta',
      'reason',
      'x',
    ]);
    expect(fieldsOf(readItem(null, NOW))).toEqual(['']);
  });
});

describe('readIdempotencyKey', () => {
  it('takes 1 to 256 printable ASCII characters', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined();
    expect(readIdempotencyKey('order 7/"2"')).toBe('order 7/"2"');
    expect(readIdempotencyKey('x'.repeat(256))).toHaveLength(256);
    for (const bad of ['', ' ', ' x', 'x'.repeat(257), 'é', 'a\tb']) {
      expect(() => readIdempotencyKey(bad)).toThrow('Idempotency-Key');
    }
  });
});

describe('readCloudEvent', () => {
  const EVENT = { specversion: '1.0', type: 'usage', source: '/meter/7', id: 'e-1', data: DELTA };
  const read = (changes: object): unknown => readCloudEvent({ ...EVENT, ...changes }, NOW);

  it('takes source and id as the key, whatever the type', () => {
    expect(read({})).toMatchObject({ key: '/meter/7\ne-1', input: { customerId: 'c1', reason: 'calls' } });
    expect(read({ type: 'com.example.anything', subject: 'x', extension: 1 })).toHaveProperty('key');
    expect(read({ data: { ...DELTA, referenceId: 'r' } })).toMatchObject({ key: '/meter/7\ne-1' });
  });

  it('takes its time as the time of the usage, unless the data has one', () => {
    const time = '2026-11-01T00:00:00Z';
    const occurredAt = '2026-10-01T00:00:00Z';
    expect(read({ time })).toMatchObject({ input: { occurredAtMs: Date.parse(time) } });
    expect(read({ time, data: { ...DELTA, occurredAt } })).toMatchObject({
      input: { occurredAtMs: Date.parse(occurredAt) },
    });
    expect(fieldsOf(read({ time: 'yesterday' }))).toEqual(['data.occurredAt']);
  });

  it.each([
    ['another version', { specversion: '0.3' }, ['specversion']],
    ['no type', { type: undefined }, ['type']],
    ['an empty id', { id: '' }, ['id']],
    ['a source that could imitate another one and its id', { source: 'a\nb' }, ['source']],
    ['a source that is a number', { source: 7 }, ['source']],
    ['binary data', { data: undefined, data_base64: 'e30=' }, ['data_base64', 'data']],
    ['data that is not JSON', { datacontenttype: 'text/plain' }, ['datacontenttype']],
    ['data with a key of its own', { data: { ...DELTA, idempotencyKey: 'k' } }, ['data.idempotencyKey']],
    ['bad data', { data: { ...DELTA, delta: 0 } }, ['data.delta']],
  ])('refuses %s', (_what, changes, paths) => {
    expect(fieldsOf(read(changes))).toEqual(paths);
  });

  it('takes any JSON data content type', () => {
    for (const datacontenttype of ['application/json', 'application/usage+json; charset=utf-8']) {
      expect(read({ datacontenttype })).toHaveProperty('key');
    }
    expect(fieldsOf(readCloudEvent([EVENT], NOW))).toEqual(['']);
  });
});
