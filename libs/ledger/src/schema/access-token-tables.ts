/** What a vendor lets others see: who holds a token is shown the records under a root, and whoever does not, totals. */
export const ACCESS_TOKEN_TABLES = `
CREATE TABLE access_token (
  id              text PRIMARY KEY,
  environment_id  text NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
  -- All that is shown is this customer's: under one root, or under whatever seals the scope, now or later.
  customer_id     text NOT NULL,
  root            bytea CHECK (length(root) = 32),
  scope           text,
  name            text,
  -- HMAC-SHA-256 of the secret under the deployment's pepper; the secret itself is nowhere.
  secret_hash     bytea NOT NULL CHECK (length(secret_hash) = 32),
  -- The API key that gave it out.
  key_id          text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  revoked_at      timestamptz,
  CHECK (num_nonnulls(root, scope) = 1)
);
CREATE INDEX access_token_environment ON access_token (environment_id, created_at);
`;
