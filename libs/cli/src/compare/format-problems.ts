import { isJsonObject, type JsonObject, type JsonValue } from '@pacspace/domain';

const VALUE_LENGTH = 60;

/** Why a statement was refused, for whoever is to put it right. */
export function formatProblems(statement: JsonObject): string {
  const found = isJsonObject(statement['problems']) ? statement['problems'] : {};
  const list = Array.isArray(found['problems']) ? (found['problems'] as readonly JsonValue[]) : [];
  const lines = list.filter(isJsonObject).map(({ line, column, value, problem }) => {
    const where =
      column === '' ? '' : ` ${String(column)} ${JSON.stringify(String(value).slice(0, VALUE_LENGTH))}`;
    return `  line ${String(line)}:${where} ${String(problem)}`;
  });
  const total = typeof found['count'] === 'number' ? found['count'] : 0;
  if (lines.length < total && lines.length > 0)
    lines.push(`  and ${(total - lines.length).toLocaleString('en')} more`);
  return [`the statement cannot be read: ${String(found['message'])}`, ...lines].join('\n');
}
