import { Client } from 'pg'
import type { Database } from './database.ts'

interface Step {
  atMs: number
  status: string
}

/** A command as the API committed it. */
export interface Committed {
  id: string
  serverId: string
  kind: string
}

/** What the database itself noticed of each change, by triggers that the panel knows nothing of. */
export interface Witness {
  /** Every status that the command ever had, in order. */
  commandSteps(id: string): Promise<Step[]>
  /** All commands, in the order in which they came to be. */
  committed(): Promise<Committed[]>
  /** Every status that was ever shown of the server since then. */
  shownStatuses(serverId: string, sinceMs: number): Promise<string[]>
  /** Times or epochs of nodes that went backwards. */
  backwards(): Promise<string[]>
}

const TRIGGERS = `
  CREATE SCHEMA witness;
  CREATE TABLE witness.seen (n bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL, id uuid NOT NULL, status text NOT NULL);
  CREATE INDEX ON witness.seen (id, n);

  CREATE FUNCTION witness.see_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' OR NEW.status IS DISTINCT FROM OLD.status THEN
      INSERT INTO witness.seen (what, id, status) VALUES (TG_TABLE_NAME, NEW.id, NEW.status::text);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER witness AFTER INSERT OR UPDATE ON "Command"
    FOR EACH ROW EXECUTE FUNCTION witness.see_status();
  CREATE TRIGGER witness AFTER INSERT OR UPDATE ON "Server"
    FOR EACH ROW EXECUTE FUNCTION witness.see_status();

  CREATE FUNCTION witness.see_backwards() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW."lastSeen" < OLD."lastSeen" OR NEW."sessionEpoch" < OLD."sessionEpoch" THEN
      INSERT INTO witness.seen (what, id, status) VALUES ('backwards', NEW.id, format(
        'lastSeen %s, then %s; epoch %s, then %s', OLD."lastSeen", NEW."lastSeen",
        OLD."sessionEpoch", NEW."sessionEpoch"));
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER witness AFTER UPDATE ON "Node"
    FOR EACH ROW EXECUTE FUNCTION witness.see_backwards();`

/** Puts the triggers into a database whose tables are there. */
export async function callWitness(database: Database): Promise<Witness> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  // Several statements at once: only without parameters.
  await client.query(TRIGGERS).finally(() => client.end())
  return {
    async commandSteps(id) {
      const rows = await database.query(
        `SELECT status, extract(epoch FROM at) * 1000 AS "atMs" FROM witness.seen
         WHERE what = 'Command' AND id = $1 ORDER BY n`,
        [id]
      )
      return rows.map(row => ({ status: String(row.status), atMs: Number(row.atMs) }))
    },
    async committed() {
      const rows = await database.query(
        `SELECT c.id, c."serverId", c.kind FROM "Command" c JOIN (
           SELECT id, min(n) AS n FROM witness.seen WHERE what = 'Command' GROUP BY id
         ) AS first ON first.id = c.id ORDER BY first.n`
      )
      return rows.map(row => ({
        id: String(row.id),
        serverId: String(row.serverId),
        kind: String(row.kind)
      }))
    },
    async shownStatuses(serverId, sinceMs) {
      const rows = await database.query(
        `SELECT status FROM witness.seen WHERE what = 'Server' AND id = $1
           AND at >= to_timestamp($2::float8 / 1000) ORDER BY n`,
        [serverId, sinceMs]
      )
      return rows.map(row => String(row.status))
    },
    async backwards() {
      const rows = await database.query(
        `SELECT id, status FROM witness.seen WHERE what = 'backwards' ORDER BY n`
      )
      return rows.map(row => `node ${row.id}: ${row.status}`)
    }
  }
}
