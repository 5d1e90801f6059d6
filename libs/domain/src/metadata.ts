import { jsonTextBytes } from './json-bytes.js';
import type { JsonObject, JsonValue } from './json.js';

export const METADATA_LIMITS = {
  /** UTF-8 bytes of the metadata's canonical text (RFC 8785): what is hashed, sent and stored. */
  bytes: 8_192,
  /** Levels of objects and arrays, the metadata itself being the first. */
  depth: 8,
} as const;

export interface FieldProblem {
  /** Path of the field in the item, e.g. "delta" or "metadata.user". */
  readonly path: string;
  readonly message: string;
}

/**
 * The first thing that keeps `metadata` from being hashed, stored and read back; undefined when nothing does.
 * The walk counts the canonical text's bytes as it goes and ends at the limit, so that hostile metadata costs no
 * more than honest one.
 */
export function findMetadataProblem(metadata: JsonObject): FieldProblem | undefined {
  return new MetadataWalk().visit(metadata, 'metadata', 1);
}

class MetadataWalk {
  private bytes = 0;

  visit(value: JsonValue, path: string, depth: number): FieldProblem | undefined {
    if (typeof value === 'string') {
      return isStorable(value)
        ? this.count(jsonTextBytes(value))
        : { path, message: 'must be well-formed Unicode without the NUL character' };
    }
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'number' && !Number.isFinite(value)) return { path, message: 'must be finite' };
      return this.count(String(value).length);
    }
    if (depth > METADATA_LIMITS.depth) {
      const message = `must not be nested deeper than ${METADATA_LIMITS.depth} levels`;
      return { path: 'metadata', message };
    }
    return Array.isArray(value)
      ? this.visitItems(value as readonly JsonValue[], path, depth)
      : this.visitMembers(value as JsonObject, path, depth);
  }

  private visitItems(items: readonly JsonValue[], path: string, depth: number): FieldProblem | undefined {
    // Brackets, and a comma between two items.
    let problem = this.count(Math.max(2, items.length + 1));
    for (let i = 0; i < items.length && problem === undefined; i += 1) {
      problem = this.visit(items[i] ?? null, `${path}.${i}`, depth + 1);
    }
    return problem;
  }

  private visitMembers(members: JsonObject, path: string, depth: number): FieldProblem | undefined {
    const names = Object.keys(members);
    // Braces, a colon a member, and a comma between two.
    let problem = this.count(Math.max(2, 2 * names.length + 1));
    for (let i = 0; i < names.length && problem === undefined; i += 1) {
      const name = names[i] ?? '';
      problem =
        findNameProblem(name, path) ??
        this.count(jsonTextBytes(name)) ??
        this.visit(members[name] ?? null, `${path}.${name.slice(0, 64).toWellFormed()}`, depth + 1);
    }
    return problem;
  }

  private count(bytes: number): FieldProblem | undefined {
    this.bytes += bytes;
    if (this.bytes <= METADATA_LIMITS.bytes) return undefined;
    const message = `must not be longer than ${METADATA_LIMITS.bytes} bytes as JSON`;
    return { path: 'metadata', message };
  }
}

function findNameProblem(name: string, path: string): FieldProblem | undefined {
  // A later reader that assigns members to a plain object would have its prototype replaced.
  if (name === '__proto__') return { path, message: 'must not have a member named __proto__' };
  if (isStorable(name)) return undefined;
  return { path, message: 'must not have a member whose name is not well-formed Unicode or holds NUL' };
}

/** Text that every store can hold: Postgres takes no NUL, neither as text nor as a string within jsonb. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
