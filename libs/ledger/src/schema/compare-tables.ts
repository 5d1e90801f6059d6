/** Reports of comparisons: facts that nothing can make again. A report never changes once it is finished. */
export const COMPARE_TABLES = `
CREATE TABLE report (
  number          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asked_at_ms     int8 NOT NULL,
  finished_at_ms  int8,
  statement_no    int4,
  report_id       text NOT NULL UNIQUE,
  environment_id  text NOT NULL,
  customer_id     text,
  kind            text NOT NULL CHECK (kind IN ('balances', 'statement')),
  state           text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  -- What was asked, and what it came to, as JSON.
  request         text NOT NULL,
  body            text,
  CHECK ((state IN ('done', 'failed')) = (body IS NOT NULL))
);
CREATE INDEX report_environment ON report (environment_id, number);
CREATE INDEX report_customer ON report (environment_id, customer_id, number);
`;
