import { type FieldProblem, isJsonObject, type JsonObject, parseDelta } from '@pacspace/domain';
import type { ApiError } from '@pacspace/wire';
import type { Item } from './intake.js';
import { invalid } from './read-item.js';

/** No control character: source and id are joined by a line feed, and must not be able to imitate it. */
const ATTRIBUTE = /^[^\p{Cc}\p{Cs}]{1,1024}$/u;

/**
 * One CloudEvents 1.0 event in the JSON format: its data is the delta. Source and id are its key, as the specification
 * says that they name the event; `time` says when it happened where the data does not. Its type is the sender's own.
 */
export function readCloudEvent(value: unknown, nowMs: number): Item | ApiError {
  if (!isJsonObject(value)) return invalid([{ path: '', message: 'must be a CloudEvent: a JSON object' }]);
  const problems: FieldProblem[] = [];
  const text = (path: string): string => {
    const attribute = value[path];
    if (typeof attribute === 'string' && ATTRIBUTE.test(attribute)) return attribute;
    problems.push({
      path,
      message: 'must be a string of 1 to 1024 characters, none of them a control character',
    });
    return '';
  };
  if (value['specversion'] !== '1.0') problems.push({ path: 'specversion', message: 'must be "1.0"' });
  text('type');
  const key = `${text('source')}\n${text('id')}`;
  const parsed = parseDelta(dataOf(value, problems), nowMs);
  if (!parsed.ok) {
    for (const { path, message } of parsed.problems)
      problems.push({ path: path === '' ? 'data' : `data.${path}`, message });
  } else if (parsed.delta.idempotencyKey !== undefined) {
    const message = "is not taken in a CloudEvent: the event's source and id are its key";
    problems.push({ path: 'data.idempotencyKey', message });
  }
  return parsed.ok && problems.length === 0 ? { input: parsed.delta, key } : invalid(problems);
}

const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;

function dataOf(event: JsonObject, problems: FieldProblem[]): unknown {
  const { datacontenttype: type, data, data_base64: base64, time } = event;
  if (type !== undefined && (typeof type !== 'string' || !JSON_TYPE.test(type))) {
    problems.push({ path: 'datacontenttype', message: 'must be JSON' });
  }
  if (base64 !== undefined) problems.push({ path: 'data_base64', message: 'is not taken: send data' });
  if (!isJsonObject(data) || time === undefined || time === null || data['occurredAt'] !== undefined)
    return data;
  return { ...data, occurredAt: time };
}
