-- Sessions, roles, agents, commands, audit and all else of the panel and agent system.
-- Written from Prisma's own comparison, then changed by hand so that every row is kept. It runs as
-- one transaction: there must be no BEGIN or COMMIT in it.

-- Names that differ only in case would meet in the new unique indexes: say which, before any change.
DO $$
DECLARE twice TEXT;
BEGIN
    SELECT string_agg(DISTINCT lower("username"), ', ') INTO twice FROM "User" u
    WHERE EXISTS (SELECT 1 FROM "User" o WHERE o."id" <> u."id"
        AND (lower(o."username") = lower(u."username") OR lower(o."email") = lower(u."email")));
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION 'These users have names or e-mail addresses that differ only in case, rename them first: %', twice;
    END IF;
END $$;

-- CreateEnum
CREATE TYPE "PermissionScope" AS ENUM ('ANY', 'OWN');

-- CreateEnum
CREATE TYPE "PermissionCategory" AS ENUM ('SERVER', 'USER', 'ADMIN', 'FILE', 'CONSOLE', 'BACKUP', 'DATABASE', 'NETWORK', 'MONITORING', 'PLUGIN');

-- CreateEnum
CREATE TYPE "PermissionEffect" AS ENUM ('ALLOW', 'DENY');

-- CreateEnum
CREATE TYPE "AgentStatus" AS ENUM ('ACTIVE', 'PENDING', 'RETIRED');

-- CreateEnum
CREATE TYPE "AllocationProtocol" AS ENUM ('TCP', 'UDP', 'BOTH');

-- CreateEnum
CREATE TYPE "StartupMode" AS ENUM ('ARGV', 'SHELL_ENV');

-- CreateEnum
CREATE TYPE "DesiredState" AS ENUM ('RUNNING', 'STOPPED', 'ABSENT');

-- CreateEnum
CREATE TYPE "InstallState" AS ENUM ('PENDING', 'RUNNING', 'DONE', 'FAILED');

-- CreateEnum
CREATE TYPE "ServerLogKind" AS ENUM ('EVENT', 'INSTALL', 'CONSOLE');

-- CreateEnum
CREATE TYPE "CommandStatus" AS ENUM ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'UNKNOWN', 'EXPIRED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ActorType" AS ENUM ('USER', 'API_KEY', 'AGENT', 'SYSTEM');

-- CreateEnum
CREATE TYPE "MetricSubject" AS ENUM ('NODE', 'SERVER');

-- AlterEnum: a node is PENDING until its agent has enrolled anew; MAINTENANCE becomes a flag.
ALTER TYPE "NodeStatus" RENAME TO "NodeStatus_old";
CREATE TYPE "NodeStatus" AS ENUM ('PENDING', 'ONLINE', 'SUSPECT', 'UNREACHABLE', 'QUARANTINED');
ALTER TABLE "Node" ADD COLUMN "maintenance" BOOLEAN NOT NULL DEFAULT false;
UPDATE "Node" SET "maintenance" = true WHERE "status" = 'MAINTENANCE';
ALTER TABLE "Node" ALTER COLUMN "status" DROP DEFAULT,
ALTER COLUMN "status" TYPE "NodeStatus" USING ('PENDING'::"NodeStatus"),
ALTER COLUMN "status" SET DEFAULT 'PENDING';
DROP TYPE "NodeStatus_old";

-- AlterEnum: statuses are kept; SUSPENDED becomes a flag beside the status.
ALTER TYPE "ServerStatus" RENAME TO "ServerStatus_old";
CREATE TYPE "ServerStatus" AS ENUM ('INSTALLING', 'INSTALL_FAILED', 'STOPPED', 'STARTING', 'RUNNING', 'STOPPING', 'CRASHED', 'UNKNOWN');
ALTER TABLE "Server" ADD COLUMN "suspendedAt" TIMESTAMPTZ(3);
UPDATE "Server" SET "suspendedAt" = now() WHERE "status" = 'SUSPENDED';
ALTER TABLE "Server" ALTER COLUMN "status" DROP DEFAULT,
ALTER COLUMN "status" TYPE "ServerStatus" USING (CASE "status"::text WHEN 'SUSPENDED' THEN 'STOPPED' ELSE "status"::text END::"ServerStatus"),
ALTER COLUMN "status" SET DEFAULT 'INSTALLING';
DROP TYPE "ServerStatus_old";

-- DropIndex
DROP INDEX "ServerLog_serverId_createdAt_idx";

-- AlterTable: what was written for images that expand STARTUP themselves goes on so.
ALTER TABLE "Alt" ADD COLUMN     "dockerImages" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "features" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "installContainer" TEXT,
ADD COLUMN     "installEntrypoint" TEXT,
ADD COLUMN     "installScript" TEXT,
ADD COLUMN     "source" JSONB,
ADD COLUMN     "startupMode" "StartupMode" NOT NULL DEFAULT 'ARGV',
ADD COLUMN     "uuid" TEXT,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1,
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "updatedAt" SET DATA TYPE TIMESTAMPTZ(3) USING "updatedAt" AT TIME ZONE 'UTC';
UPDATE "Alt" SET "startupMode" = 'SHELL_ENV';

-- AlterTable
ALTER TABLE "Ctrl" ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "updatedAt" SET DATA TYPE TIMESTAMPTZ(3) USING "updatedAt" AT TIME ZONE 'UTC';

-- AlterTable
ALTER TABLE "Node" ADD COLUMN     "journalLost" TIMESTAMPTZ(3),
ADD COLUMN     "lostAt" TIMESTAMPTZ(3),
ADD COLUMN     "ownerReplica" TEXT,
ADD COLUMN     "sessionEpoch" BIGINT NOT NULL DEFAULT 0,
ALTER COLUMN "ipAddress" DROP NOT NULL,
ALTER COLUMN "port" DROP NOT NULL,
ALTER COLUMN "port" DROP DEFAULT,
ALTER COLUMN "status" SET DEFAULT 'PENDING',
ALTER COLUMN "lastSeen" SET DATA TYPE TIMESTAMPTZ(3) USING "lastSeen" AT TIME ZONE 'UTC',
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "updatedAt" SET DATA TYPE TIMESTAMPTZ(3) USING "updatedAt" AT TIME ZONE 'UTC';

-- AlterTable
ALTER TABLE "Permission" ALTER COLUMN "category" SET DATA TYPE "PermissionCategory" USING (CASE WHEN upper("category") IN ('SERVER', 'USER', 'ADMIN', 'FILE', 'CONSOLE', 'BACKUP', 'DATABASE', 'NETWORK', 'MONITORING', 'PLUGIN') THEN upper("category") ELSE 'ADMIN' END::"PermissionCategory"),
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC';

-- AlterTable: the limits keep their values under names with units.
ALTER TABLE "Server" RENAME COLUMN "memory" TO "memoryMiB";
ALTER TABLE "Server" RENAME COLUMN "cpu" TO "cpuPercent";
ALTER TABLE "Server" RENAME COLUMN "disk" TO "diskMiB";
ALTER TABLE "Server" ALTER COLUMN "memoryMiB" DROP DEFAULT,
ALTER COLUMN "cpuPercent" DROP DEFAULT,
ALTER COLUMN "diskMiB" DROP DEFAULT;
ALTER TABLE "Server" ADD COLUMN     "consoleEnd" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "crashCount" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "deletedAt" TIMESTAMPTZ(3),
ADD COLUMN     "desiredState" "DesiredState" NOT NULL DEFAULT 'STOPPED',
ADD COLUMN     "dockerImage" TEXT,
ADD COLUMN     "exitCode" INTEGER,
ADD COLUMN     "generation" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "installState" "InstallState" NOT NULL DEFAULT 'PENDING',
ADD COLUMN     "ioWeight" INTEGER,
ADD COLUMN     "lastKnownStatus" "ServerStatus",
ADD COLUMN     "oomKilled" BOOLEAN,
ADD COLUMN     "pidsLimit" INTEGER NOT NULL DEFAULT 512,
ADD COLUMN     "reportedGeneration" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "resources" JSONB,
ADD COLUMN     "restartSeq" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "startedAt" TIMESTAMPTZ(3),
ADD COLUMN     "startup" TEXT,
ADD COLUMN     "statusReason" TEXT,
ADD COLUMN     "swapMiB" INTEGER NOT NULL DEFAULT 0,
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "updatedAt" SET DATA TYPE TIMESTAMPTZ(3) USING "updatedAt" AT TIME ZONE 'UTC';
UPDATE "Server" s SET "dockerImage" = a."dockerImage", "startup" = a."startup", "installState" = 'DONE',
    "desiredState" = CASE WHEN s."status" IN ('STARTING', 'RUNNING') THEN 'RUNNING' ELSE 'STOPPED' END::"DesiredState"
FROM "Alt" a WHERE a."id" = s."altId";
ALTER TABLE "Server" ALTER COLUMN "dockerImage" SET NOT NULL,
ALTER COLUMN "startup" SET NOT NULL;

-- AlterTable: what was logged becomes events, numbered in the order in which they happened.
ALTER TABLE "ServerLog" RENAME COLUMN "message" TO "text";
UPDATE "ServerLog" SET "text" = "level" || ': ' || "text" WHERE lower("level") <> 'info';
ALTER TABLE "ServerLog" DROP COLUMN "level",
ADD COLUMN     "at" TIMESTAMPTZ(3),
ADD COLUMN     "data" BYTEA,
ADD COLUMN     "end" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "gapBefore" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "kind" "ServerLogKind" NOT NULL DEFAULT 'EVENT',
ADD COLUMN     "start" BIGINT,
ALTER COLUMN "text" DROP NOT NULL,
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC';
UPDATE "ServerLog" l SET "start" = n."number", "at" = l."createdAt"
FROM (SELECT "id", row_number() OVER (ORDER BY "createdAt", "id") AS "number" FROM "ServerLog") n WHERE n."id" = l."id";
CREATE SEQUENCE "ServerLog_start_seq" OWNED BY "ServerLog"."start";
SELECT setval('"ServerLog_start_seq"', (SELECT count(*) + 1 FROM "ServerLog"), false);
ALTER TABLE "ServerLog" ALTER COLUMN "kind" DROP DEFAULT,
ALTER COLUMN "at" SET NOT NULL,
ALTER COLUMN "start" SET NOT NULL,
ALTER COLUMN "start" SET DEFAULT nextval('"ServerLog_start_seq"');

-- CreateTable
CREATE TABLE "Role" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "isSystem" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Role_pkey" PRIMARY KEY ("id")
);

-- The roles that users hold so far; the seed adds the missing ones and all grants.
INSERT INTO "Role" ("id", "name", "isSystem") SELECT gen_random_uuid(), "role"::text, true FROM "User" GROUP BY "role";

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "disabledAt" TIMESTAMPTZ(3),
ADD COLUMN     "mustChangePassword" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "roleId" UUID,
ADD COLUMN     "totpLastStep" BIGINT,
ADD COLUMN     "totpSecret" TEXT,
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "updatedAt" SET DATA TYPE TIMESTAMPTZ(3) USING "updatedAt" AT TIME ZONE 'UTC';
UPDATE "User" u SET "roleId" = r."id" FROM "Role" r WHERE r."name" = u."role"::text;
ALTER TABLE "User" DROP COLUMN "role",
ALTER COLUMN "roleId" SET NOT NULL;

-- AlterTable
ALTER TABLE "UserPermission" DROP CONSTRAINT "UserPermission_pkey",
ADD COLUMN     "effect" "PermissionEffect" NOT NULL DEFAULT 'ALLOW',
ADD COLUMN     "expiresAt" TIMESTAMPTZ(3),
ADD COLUMN     "id" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN     "serverId" UUID,
ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3) USING "createdAt" AT TIME ZONE 'UTC',
ADD CONSTRAINT "UserPermission_pkey" PRIMARY KEY ("id");
ALTER TABLE "UserPermission" ALTER COLUMN "id" DROP DEFAULT;

-- DropEnum
DROP TYPE "UserRole";

-- CreateTable
CREATE TABLE "RolePermission" (
    "roleId" UUID NOT NULL,
    "permissionId" UUID NOT NULL,
    "scope" "PermissionScope" NOT NULL,

    CONSTRAINT "RolePermission_pkey" PRIMARY KEY ("roleId","permissionId")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "ip" TEXT NOT NULL,
    "userAgent" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "allPermissions" BOOLEAN NOT NULL DEFAULT true,
    "permissions" TEXT[],
    "allowedIps" TEXT[],
    "expiresAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "id" UUID NOT NULL,
    "actorId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "bodyHash" TEXT NOT NULL,
    "responseStatus" INTEGER,
    "responseBody" JSONB,
    "location" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Agent" (
    "id" UUID NOT NULL,
    "nodeId" UUID NOT NULL,
    "kid" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "status" "AgentStatus" NOT NULL DEFAULT 'ACTIVE',
    "hostname" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "enrolledAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeen" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EnrollmentToken" (
    "id" UUID NOT NULL,
    "nodeId" UUID NOT NULL,
    "secretHash" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    "usedByPublicKey" TEXT,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "EnrollmentToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Allocation" (
    "id" UUID NOT NULL,
    "nodeId" UUID NOT NULL,
    "ip" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "protocol" "AllocationProtocol" NOT NULL DEFAULT 'BOTH',
    "serverId" UUID,
    "isPrimary" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Allocation_pkey" PRIMARY KEY ("id")
);

-- The port that a server had becomes its primary allocation.
INSERT INTO "Allocation" ("id", "nodeId", "ip", "port", "serverId", "isPrimary")
SELECT DISTINCT ON ("nodeId", "port") gen_random_uuid(), "nodeId", '0.0.0.0', "port", "id", true
FROM "Server" WHERE "nodeId" IS NOT NULL AND "port" IS NOT NULL
ORDER BY "nodeId", "port", "createdAt", "id";

-- CreateTable
CREATE TABLE "AltVariable" (
    "id" UUID NOT NULL,
    "altId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "envVariable" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "defaultValue" TEXT NOT NULL DEFAULT '',
    "rules" TEXT[],
    "userViewable" BOOLEAN NOT NULL DEFAULT true,
    "userEditable" BOOLEAN NOT NULL DEFAULT true,
    "sort" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "AltVariable_pkey" PRIMARY KEY ("id")
);

-- Variables become rows; their original stays in "source".
INSERT INTO "AltVariable" ("id", "altId", "name", "envVariable", "description", "defaultValue", "rules", "userViewable", "userEditable", "sort")
SELECT DISTINCT ON (a."id", v->>'envVariable')
    gen_random_uuid(), a."id", COALESCE(v->>'name', v->>'envVariable'), v->>'envVariable',
    COALESCE(v->>'description', ''), COALESCE(v->>'defaultValue', ''),
    COALESCE(string_to_array(NULLIF(v->>'rules', ''), '|'), ARRAY[]::TEXT[]),
    COALESCE((v->>'userViewable')::BOOLEAN, true), COALESCE((v->>'userEditable')::BOOLEAN, true), "position"
FROM "Alt" a
CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(a."variables") WHEN 'array' THEN a."variables" ELSE '[]' END) WITH ORDINALITY AS e(v, "position")
WHERE v->>'envVariable' IS NOT NULL
ORDER BY a."id", v->>'envVariable', "position";
UPDATE "Alt" SET "source" = jsonb_build_object('variables', "variables") WHERE "variables" <> '[]';
ALTER TABLE "Alt" DROP COLUMN "variables";

-- CreateTable
CREATE TABLE "ServerVariable" (
    "serverId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "ServerVariable_pkey" PRIMARY KEY ("serverId","name")
);

-- CreateTable
CREATE TABLE "Command" (
    "id" UUID NOT NULL,
    "nodeId" UUID NOT NULL,
    "serverId" UUID,
    "lane" TEXT NOT NULL,
    "laneSeq" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "payloadHash" TEXT NOT NULL,
    "idempotencyKey" TEXT,
    "actorId" UUID,
    "status" "CommandStatus" NOT NULL DEFAULT 'QUEUED',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "epoch" BIGINT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),
    "ttlMs" INTEGER NOT NULL,
    "dispatchedAt" TIMESTAMPTZ(3),
    "ackedAt" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "progress" JSONB,
    "result" JSONB,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "traceId" TEXT,

    CONSTRAINT "Command_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditLog" (
    "id" UUID NOT NULL,
    "actorType" "ActorType" NOT NULL,
    "actorId" UUID,
    "actorName" TEXT,
    "action" TEXT NOT NULL,
    "targetType" TEXT,
    "targetId" TEXT,
    "ip" TEXT,
    "before" JSONB,
    "after" JSONB,
    "requestId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AuditLog_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MetricSample" (
    "subjectType" "MetricSubject" NOT NULL,
    "subjectId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "cpuPercent" REAL NOT NULL,
    "memoryMiB" INTEGER NOT NULL,
    "diskMiB" INTEGER,
    "networkRxBytes" BIGINT,
    "networkTxBytes" BIGINT,

    CONSTRAINT "MetricSample_pkey" PRIMARY KEY ("subjectId","at")
) PARTITION BY RANGE ("at");
CREATE TABLE "MetricSample_default" PARTITION OF "MetricSample" DEFAULT;

-- CreateTable
CREATE TABLE "MetricRollup" (
    "subjectType" "MetricSubject" NOT NULL,
    "subjectId" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "samples" INTEGER NOT NULL,
    "cpuPercentAvg" REAL NOT NULL,
    "cpuPercentMax" REAL NOT NULL,
    "memoryMiBAvg" INTEGER NOT NULL,
    "memoryMiBMax" INTEGER NOT NULL,
    "diskMiBMax" INTEGER,
    "networkRxBytes" BIGINT,
    "networkTxBytes" BIGINT,

    CONSTRAINT "MetricRollup_pkey" PRIMARY KEY ("subjectId","hour")
);

-- CreateIndex
CREATE UNIQUE INDEX "Role_name_key" ON "Role"("name");

-- CreateIndex
CREATE INDEX "RolePermission_permissionId_idx" ON "RolePermission"("permissionId");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_secretHash_key" ON "ApiKey"("secretHash");

-- CreateIndex
CREATE INDEX "ApiKey_userId_idx" ON "ApiKey"("userId");

-- CreateIndex
CREATE INDEX "IdempotencyKey_expiresAt_idx" ON "IdempotencyKey"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "IdempotencyKey_actorId_key_key" ON "IdempotencyKey"("actorId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "Agent_kid_key" ON "Agent"("kid");

-- CreateIndex
CREATE INDEX "Agent_nodeId_idx" ON "Agent"("nodeId");

-- CreateIndex
CREATE INDEX "EnrollmentToken_nodeId_idx" ON "EnrollmentToken"("nodeId");

-- CreateIndex
CREATE INDEX "EnrollmentToken_createdById_idx" ON "EnrollmentToken"("createdById");

-- CreateIndex
CREATE INDEX "Allocation_serverId_idx" ON "Allocation"("serverId");

-- CreateIndex
CREATE UNIQUE INDEX "Allocation_nodeId_ip_port_key" ON "Allocation"("nodeId", "ip", "port");

-- CreateIndex
CREATE UNIQUE INDEX "AltVariable_altId_envVariable_key" ON "AltVariable"("altId", "envVariable");

-- CreateIndex
CREATE INDEX "Command_serverId_createdAt_idx" ON "Command"("serverId", "createdAt");

-- CreateIndex
CREATE INDEX "Command_createdAt_idx" ON "Command"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Command_actorId_idempotencyKey_key" ON "Command"("actorId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "AuditLog_createdAt_id_idx" ON "AuditLog"("createdAt", "id");

-- CreateIndex
CREATE INDEX "AuditLog_actorId_createdAt_idx" ON "AuditLog"("actorId", "createdAt");

-- CreateIndex
CREATE INDEX "AuditLog_targetType_targetId_createdAt_idx" ON "AuditLog"("targetType", "targetId", "createdAt");

-- CreateIndex
CREATE INDEX "AuditLog_action_createdAt_idx" ON "AuditLog"("action", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Alt_uuid_key" ON "Alt"("uuid");

-- CreateIndex
CREATE INDEX "Permission_category_idx" ON "Permission"("category");

-- CreateIndex
CREATE INDEX "ServerLog_createdAt_idx" ON "ServerLog"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "ServerLog_serverId_kind_start_key" ON "ServerLog"("serverId", "kind", "start");

-- CreateIndex
CREATE INDEX "User_roleId_idx" ON "User"("roleId");

-- CreateIndex
CREATE INDEX "UserPermission_serverId_idx" ON "UserPermission"("serverId");

-- CreateIndex
CREATE UNIQUE INDEX "UserPermission_userId_permissionId_serverId_key" ON "UserPermission"("userId", "permissionId", "serverId") NULLS NOT DISTINCT;

-- AddForeignKey
ALTER TABLE "User" ADD CONSTRAINT "User_roleId_fkey" FOREIGN KEY ("roleId") REFERENCES "Role"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolePermission" ADD CONSTRAINT "RolePermission_roleId_fkey" FOREIGN KEY ("roleId") REFERENCES "Role"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolePermission" ADD CONSTRAINT "RolePermission_permissionId_fkey" FOREIGN KEY ("permissionId") REFERENCES "Permission"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UserPermission" ADD CONSTRAINT "UserPermission_serverId_fkey" FOREIGN KEY ("serverId") REFERENCES "Server"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Agent" ADD CONSTRAINT "Agent_nodeId_fkey" FOREIGN KEY ("nodeId") REFERENCES "Node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EnrollmentToken" ADD CONSTRAINT "EnrollmentToken_nodeId_fkey" FOREIGN KEY ("nodeId") REFERENCES "Node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EnrollmentToken" ADD CONSTRAINT "EnrollmentToken_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Allocation" ADD CONSTRAINT "Allocation_nodeId_fkey" FOREIGN KEY ("nodeId") REFERENCES "Node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Allocation" ADD CONSTRAINT "Allocation_serverId_fkey" FOREIGN KEY ("serverId") REFERENCES "Server"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AltVariable" ADD CONSTRAINT "AltVariable_altId_fkey" FOREIGN KEY ("altId") REFERENCES "Alt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ServerVariable" ADD CONSTRAINT "ServerVariable_serverId_fkey" FOREIGN KEY ("serverId") REFERENCES "Server"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What follows Prisma cannot say.

-- A name is taken in any case.
CREATE UNIQUE INDEX "User_username_lower_key" ON "User"(lower("username"));
CREATE UNIQUE INDEX "User_email_lower_key" ON "User"(lower("email"));

-- One active key for each node; one primary address for each server.
CREATE UNIQUE INDEX "Agent_nodeId_active_key" ON "Agent"("nodeId") WHERE "status" = 'ACTIVE';
CREATE UNIQUE INDEX "Allocation_serverId_primary_key" ON "Allocation"("serverId") WHERE "isPrimary";

-- What a session offers its agent again, and what the sweeper looks for.
CREATE INDEX "Command_nodeId_laneSeq_open_idx" ON "Command"("nodeId", "laneSeq")
    WHERE "status" IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING');

-- Heartbeats rewrite these rows: room on the page keeps the indexes out of it.
ALTER TABLE "Node" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE "Server" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

ALTER TABLE "Node" ADD CONSTRAINT "Node_port_check" CHECK ("port" BETWEEN 1 AND 65535),
ADD CONSTRAINT "Node_sessionEpoch_check" CHECK ("sessionEpoch" >= 0);
ALTER TABLE "Allocation" ADD CONSTRAINT "Allocation_port_check" CHECK ("port" BETWEEN 1 AND 65535),
ADD CONSTRAINT "Allocation_primary_check" CHECK (NOT "isPrimary" OR "serverId" IS NOT NULL);
ALTER TABLE "Server" ADD CONSTRAINT "Server_port_check" CHECK ("port" BETWEEN 1 AND 65535),
ADD CONSTRAINT "Server_limits_check" CHECK ("memoryMiB" >= 0 AND "swapMiB" >= 0 AND "cpuPercent" >= 0 AND "diskMiB" >= 0 AND "pidsLimit" > 0 AND "ioWeight" BETWEEN 10 AND 1000),
ADD CONSTRAINT "Server_counters_check" CHECK ("generation" >= 0 AND "restartSeq" >= 0 AND "reportedGeneration" >= 0 AND "crashCount" >= 0 AND "consoleEnd" >= 0);
ALTER TABLE "ServerLog" ADD CONSTRAINT "ServerLog_kind_check" CHECK (
    CASE "kind" WHEN 'EVENT' THEN "text" IS NOT NULL ELSE "data" IS NOT NULL AND "end" >= "start" END),
ADD CONSTRAINT "ServerLog_gapBefore_check" CHECK ("gapBefore" >= 0);
ALTER TABLE "Command" ADD CONSTRAINT "Command_ttlMs_check" CHECK ("ttlMs" > 0),
ADD CONSTRAINT "Command_attempts_check" CHECK ("attempts" >= 0);

-- An allocation outlives its server (SET NULL), but is then nobody's primary one.
CREATE FUNCTION "cap_free_allocation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."isPrimary" := false;
    RETURN NEW;
END $$;
CREATE TRIGGER "Allocation_free" BEFORE UPDATE OF "serverId" ON "Allocation"
    FOR EACH ROW WHEN (NEW."serverId" IS NULL) EXECUTE FUNCTION "cap_free_allocation"();

-- The audit log only grows; the retention job says SET LOCAL cap.retention = 'on'.
CREATE FUNCTION "cap_keep_audit_log"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('cap.retention', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'The audit log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "AuditLog_append_only" BEFORE UPDATE OR DELETE ON "AuditLog"
    FOR EACH ROW EXECUTE FUNCTION "cap_keep_audit_log"();
CREATE TRIGGER "AuditLog_no_truncate" BEFORE TRUNCATE ON "AuditLog"
    FOR EACH STATEMENT EXECUTE FUNCTION "cap_keep_audit_log"();

-- Makes the partitions of today and the coming days (UTC); rows that waited in the default one move.
CREATE FUNCTION "cap_ensure_metric_partitions"(days_ahead INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    today DATE := (now() AT TIME ZONE 'UTC')::DATE;
    day_from TIMESTAMPTZ;
    day_to TIMESTAMPTZ;
    name TEXT;
    made INTEGER := 0;
BEGIN
    FOR ahead IN 0..days_ahead LOOP
        name := 'MetricSample_' || to_char(today + ahead, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
        day_from := (today + ahead)::TIMESTAMP AT TIME ZONE 'UTC';
        day_to := (today + ahead + 1)::TIMESTAMP AT TIME ZONE 'UTC';
        EXECUTE format('CREATE TABLE %I (LIKE "MetricSample" INCLUDING ALL)', name);
        EXECUTE format('WITH moved AS (DELETE FROM "MetricSample_default" WHERE "at" >= $1 AND "at" < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', name) USING day_from, day_to;
        EXECUTE format('ALTER TABLE "MetricSample" ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, day_from, day_to);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops whole days that are older than so many days.
CREATE FUNCTION "cap_drop_metric_partitions"(keep_days INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    oldest TEXT := 'MetricSample_' || to_char((now() AT TIME ZONE 'UTC')::DATE - keep_days, 'YYYYMMDD');
    name TEXT;
    dropped INTEGER := 0;
BEGIN
    FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = '"MetricSample"'::regclass AND c.relname ~ '^MetricSample_[0-9]{8}$' AND c.relname < oldest
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
SELECT "cap_ensure_metric_partitions"(2);
