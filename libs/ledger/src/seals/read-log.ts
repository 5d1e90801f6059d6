import type pg from 'pg';

/** Neighbouring stored hashes of a tree, as @pacspace/proof asks for them: at level 0 leaf hashes, then 8, 16, … */
export interface HashSpan {
  readonly level: number;
  readonly first: number;
  readonly count: number;
}

/**
 * Stored hashes of a log's tree, for its tiles and for proofs; fewer when they are not there (yet). At level 0 the
 * leaf hashes of the seals, above it the nodes.
 */
export async function readLogHashes(pool: pg.Pool, logNo: number, span: HashSpan): Promise<Uint8Array[]> {
  const { level, first, count } = span;
  const { rows } =
    level === 0
      ? await pool.query<{ hash: Buffer }>({
          name: 'read-log-leaves',
          text: `SELECT leaf_hash AS hash FROM seal.seal
                  WHERE log_no = $1 AND log_index >= $2 AND log_index < $3 ORDER BY log_index`,
          values: [logNo, first, first + count],
        })
      : await pool.query<{ hash: Buffer }>({
          name: 'read-log-nodes',
          text: `SELECT hash FROM seal.node
                  WHERE log_no = $1 AND level = $4 AND node_index >= $2 AND node_index < $3 ORDER BY node_index`,
          values: [logNo, first, first + count, level],
        });
  return rows.map((row) => row.hash);
}

/** The log's entries from `first` on, as they were hashed: UTF-8 of each is one entry. */
export async function readLogEntries(
  pool: pg.Pool,
  logNo: number,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ body: string }>({
    name: 'read-log-entries',
    text: `SELECT body FROM seal.seal
            WHERE log_no = $1 AND log_index >= $2 AND log_index < $3 ORDER BY log_index`,
    values: [logNo, first, first + count],
  });
  return rows.map((row) => row.body);
}
