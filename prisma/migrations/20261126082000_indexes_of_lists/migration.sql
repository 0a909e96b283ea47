-- Each list, filter and foreign key has the index that serves it: docs/database.md says which.
-- Who has millions of rows builds those of "AuditLog", "ServerLog" and "Command" by hand before the
-- upgrade, each with CREATE INDEX CONCURRENTLY under its name here: they are then found.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Agent_revokedAt_idx" ON "Agent"("revokedAt");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Allocation_nodeId_port_id_idx" ON "Allocation"("nodeId", "port", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_actorId_createdAt_id_idx" ON "AuditLog"("actorId", "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_apiKeyId_createdAt_id_idx" ON "AuditLog"("apiKeyId", "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_actorType_createdAt_id_idx" ON "AuditLog"("actorType", "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_action_createdAt_id_idx" ON "AuditLog"("action" text_pattern_ops, "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_targetType_createdAt_id_idx" ON "AuditLog"("targetType", "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "AuditLog_targetId_createdAt_id_idx" ON "AuditLog"("targetId", "createdAt", "id");

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "Command_serverId_laneSeq_idx" ON "Command"("serverId", "laneSeq");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "EnrollmentToken_expiresAt_idx" ON "EnrollmentToken"("expiresAt");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Invitation_expiresAt_idx" ON "Invitation"("expiresAt");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Node_createdAt_id_idx" ON "Node"("createdAt", "id");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Node_status_idx" ON "Node"("status");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Node_name_idx" ON "Node" USING GIN ("name" gin_trgm_ops);

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Server_name_id_idx" ON "Server"("name", "id");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Server_createdAt_id_idx" ON "Server"("createdAt", "id");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Server_status_idx" ON "Server"("status");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Server_name_idx" ON "Server" USING GIN ("name" gin_trgm_ops);

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Session_userId_createdAt_id_idx" ON "Session"("userId", "createdAt", "id");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "User_createdAt_id_idx" ON "User"("createdAt", "id");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "User_deletingSince_idx" ON "User"("deletingSince");

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "User_username_email_idx" ON "User" USING GIN ("username" gin_trgm_ops, "email" gin_trgm_ops);

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Allocation_free_idx" ON "Allocation"("nodeId", "port", "id") WHERE "serverId" IS NULL;

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX IF NOT EXISTS "Allocation_taken_idx" ON "Allocation"("nodeId", "port", "id") WHERE "serverId" IS NOT NULL;

-- locks: a second for each million rows, or none where it was built by hand before
CREATE INDEX IF NOT EXISTS "ServerLog_install_idx" ON "ServerLog"("serverId", "at" DESC, "start" DESC) WHERE "kind" = 'INSTALL';

-- What these served is served by those above; the category of 36 permissions was never asked for.
DROP INDEX "AuditLog_action_createdAt_idx";
DROP INDEX "AuditLog_actorId_createdAt_idx";
DROP INDEX "AuditLog_apiKeyId_createdAt_idx";
DROP INDEX "AuditLog_targetType_targetId_createdAt_idx";
DROP INDEX "Command_serverId_createdAt_idx";
DROP INDEX "Permission_category_idx";
DROP INDEX "Session_userId_idx";
