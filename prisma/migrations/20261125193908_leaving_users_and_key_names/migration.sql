-- AlterTable
ALTER TABLE "AuditLog" ADD COLUMN     "apiKeyId" UUID,
ADD COLUMN     "apiKeyName" TEXT;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "deletingSince" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "AuditLog_apiKeyId_createdAt_idx" ON "AuditLog"("apiKeyId", "createdAt");
