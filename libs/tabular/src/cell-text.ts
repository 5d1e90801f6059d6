import type { JsonValue } from '@pacspace/domain';

/** A cell as text, without the blanks around it; empty when there is none. */
export function cellText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value.trim();
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
