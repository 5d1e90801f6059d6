/** Who may do what: tenants, their two environments, and the keys of each. Changed by people, read by all apps. */
export const CONSOLE_TABLES = `
CREATE TABLE tenant (
  id          text PRIMARY KEY,
  name        text NOT NULL,
  plan        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE environment (
  id          text PRIMARY KEY,
  tenant_id   text NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  kind        text NOT NULL CHECK (kind IN ('test', 'live')),
  state       text NOT NULL CHECK (state IN ('deploying', 'active', 'suspended')),
  -- Salts the hashes of metadata (docs/spec/proofs.md): secret, 32 bytes.
  salt_key    bytea NOT NULL CHECK (length(salt_key) = 32),
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, kind)
);

CREATE TABLE api_key (
  id              text PRIMARY KEY,
  environment_id  text NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
  name            text NOT NULL,
  public_id       text NOT NULL UNIQUE,
  -- HMAC-SHA-256 of the secret under the deployment's pepper; the secret itself is nowhere.
  secret_hash     bytea NOT NULL CHECK (length(secret_hash) = 32),
  scopes          text[] NOT NULL DEFAULT ARRAY['ingest', 'read'],
  active          bool NOT NULL DEFAULT true,
  expires_at      timestamptz,
  last_used_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_key_environment ON api_key (environment_id);
`;
