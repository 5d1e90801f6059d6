import { isJsonObject, type JsonObject } from '@pacspace/domain';
import { parseRules } from '@pacspace/reconcile';
import type { FieldError, StatementRunRequest } from '@pacspace/wire';
import { scopeParams } from '../../reads/derive/parse-derive-query.js';
import { invalid } from '../../reads/query.js';

export type RunBody = StatementRunRequest;

/** What only totals are asked with; a statement has its own customer and scope. */
const OF_TOTALS = [
  'yourBalance',
  'theirBalance',
  'startingBalance',
  'customerId',
  ...Object.keys(scopeParams),
];

/** What POST /compare asks for when a statement is named. @throws ApiError VALIDATION_FAILED with every problem */
export function parseRunBody(body: JsonObject): RunBody {
  const problems: FieldError[] = [];
  const { statementId } = body;
  if (typeof statementId !== 'string' || !/^stm_[0-9a-f]{32}$/.test(statementId)) {
    problems.push({ path: 'statementId', message: 'must be stm_ and 32 hexadecimal digits' });
  }
  for (const path of OF_TOTALS) {
    if (body[path] === undefined || body[path] === null) continue;
    problems.push({ path, message: 'must not be given with statementId: the statement has its own' });
  }
  const rules = body['rules'] ?? {};
  const parsed = parseRules(rules);
  if (!parsed.ok) problems.push(...parsed.problems);
  if (problems.length > 0 || typeof statementId !== 'string' || !isJsonObject(rules)) throw invalid(problems);
  return { statementId, rules };
}
