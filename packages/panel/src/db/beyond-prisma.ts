import type pg from 'pg'

/** What the migrations make and schema.prisma cannot say, so that Prisma's comparison passes over it. */
export const beyondPrisma: readonly string[] = [
  'check Allocation_port_check',
  'check Allocation_primary_check',
  'check Command_attempts_check',
  'check Command_ttlMs_check',
  'check Invitation_invitee_lower',
  'check Node_port_check',
  'check Node_sessionEpoch_check',
  'check ServerLog_gapBefore_check',
  'check ServerLog_kind_check',
  'check Server_counters_check',
  'check Server_limits_check',
  'check Server_port_check',
  'check User_serverLimit_check',
  'function cap_drop_log_partitions',
  'function cap_drop_metric_partitions',
  'function cap_ensure_log_partitions',
  'function cap_ensure_metric_partitions',
  'function cap_first_id_of',
  'function cap_free_allocation',
  'function cap_keep_audit_log',
  'index Agent_nodeId_active_key',
  'index Allocation_free_idx',
  'index Allocation_serverId_primary_key',
  'index Allocation_taken_idx',
  'index AuditLog_action_createdAt_id_idx',
  'index Command_nodeId_laneSeq_open_idx',
  'index Role_name_lower_key',
  'index ServerLog_install_idx',
  'index User_email_lower_key',
  'index User_username_lower_key',
  'trigger Allocation_free',
  'trigger AuditLog_append_only',
  'trigger AuditLog_no_truncate'
]

/**
 * Checks, functions, indexes that are partial, of expressions, or B-trees in an order of their own, and
 * triggers that are not turned off; not those of extensions.
 */
const FOUND = `
  SELECT 'check ' || conname AS what FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND NOT c.relispartition
  UNION ALL SELECT 'index ' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL
        OR EXISTS (SELECT FROM unnest(i.indclass) AS used (id) JOIN pg_opclass o ON o.oid = used.id
          JOIN pg_am m ON m.oid = o.opcmethod WHERE m.amname = 'btree' AND NOT o.opcdefault))
      AND i.indisvalid AND NOT c.relispartition
  UNION ALL SELECT 'trigger ' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'D'
      AND NOT c.relispartition
  UNION ALL SELECT 'function ' || proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`

export async function foundBeyondPrisma(client: Pick<pg.Client, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(FOUND)
  return rows.map(({ what }) => what).sort()
}
