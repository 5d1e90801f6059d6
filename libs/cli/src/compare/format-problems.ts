import { isJsonObject, type JsonObject, type JsonValue } from '@pacspace/domain';
import { respell } from '@pacspace/tabular';
import { asOption } from '../options.js';

const VALUE_LENGTH = 60;

/** Why a statement was refused, for whoever is to put it right. */
export function formatProblems(statement: JsonObject): string {
  const found = isJsonObject(statement['problems']) ? statement['problems'] : {};
  const list = Array.isArray(found['problems']) ? (found['problems'] as readonly JsonValue[]) : [];
  const lines = list.filter(isJsonObject).map((one) => {
    const [line, column, value] = ['line', 'column', 'value'].map((name) => textOf(one[name]));
    const where = column === '' ? '' : ` ${column} ${JSON.stringify(value?.slice(0, VALUE_LENGTH))}`;
    return `  line ${line}:${where} ${advice(one['problem'])}`;
  });
  const total = typeof found['count'] === 'number' ? found['count'] : 0;
  if (lines.length < total && lines.length > 0)
    lines.push(`  and ${(total - lines.length).toLocaleString('en')} more`);
  return [`the statement cannot be read: ${advice(found['message'])}`, ...lines].join('\n');
}

/** The service names what to say as parameters of a request; here they are options. */
function advice(text: JsonValue | undefined): string {
  return respell(textOf(text), asOption);
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
