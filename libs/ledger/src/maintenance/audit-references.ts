import type pg from 'pg';

const MOST = 20;

/** Rows that name a log, a seal or a run which is not there: what each is, as text. */
export async function findDanglingReferences(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ unit: string }>(
    `SELECT format('request %s of log %s', encode(r.key_hash, 'hex'), r.log_no) AS unit
       FROM seal.request r LEFT JOIN seal.log l ON l.number = r.log_no
       LEFT JOIN seal.run n ON n.number = r.run_no AND n.log_no = r.log_no
      WHERE l.number IS NULL OR r.log_index >= l.size OR r.log_index < 0 OR (r.run_no IS NOT NULL AND n.number IS NULL)
      UNION ALL
     SELECT format('run %s of log %s', r.number, r.log_no)
       FROM seal.run r LEFT JOIN seal.log l ON l.number = r.log_no WHERE l.number IS NULL
      UNION ALL
     SELECT format('head %s of log %s', h.size, h.log_no)
       FROM seal.head h LEFT JOIN seal.log l ON l.number = h.log_no WHERE l.number IS NULL
      UNION ALL
     SELECT format('node %s/%s of log %s', n.level, n.node_index, n.log_no)
       FROM seal.node n LEFT JOIN seal.log l ON l.number = n.log_no WHERE l.number IS NULL
      UNION ALL
     SELECT format('key %s of log %s', encode(k.public_key, 'hex'), k.log_no)
       FROM seal.log_key k LEFT JOIN seal.log l ON l.number = k.log_no WHERE l.number IS NULL
      UNION ALL
     SELECT format('log index %s of log %s', s.log_index, s.log_no)
       FROM seal.seal s LEFT JOIN seal.log l ON l.number = s.log_no WHERE l.number IS NULL
      LIMIT ${MOST}`,
  );
  return rows.map(({ unit }) => unit);
}
