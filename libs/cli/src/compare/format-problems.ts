import { isJsonObject, type JsonObject, type JsonValue } from '@pacspace/domain';

const VALUE_LENGTH = 60;

/** Why a statement was refused, for whoever is to put it right. */
export function formatProblems(statement: JsonObject): string {
  const found = isJsonObject(statement['problems']) ? statement['problems'] : {};
  const list = Array.isArray(found['problems']) ? (found['problems'] as readonly JsonValue[]) : [];
  const lines = list.filter(isJsonObject).map((one) => {
    const [line, column, value, problem] = ['line', 'column', 'value', 'problem'].map((name) =>
      textOf(one[name]),
    );
    const where = column === '' ? '' : ` ${column} ${JSON.stringify(value?.slice(0, VALUE_LENGTH))}`;
    return `  line ${line}:${where} ${problem}`;
  });
  const total = typeof found['count'] === 'number' ? found['count'] : 0;
  if (lines.length < total && lines.length > 0)
    lines.push(`  and ${(total - lines.length).toLocaleString('en')} more`);
  return [`the statement cannot be read: ${textOf(found['message'])}`, ...lines].join('\n');
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
