import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Command, Server } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure, Waiting } from '../../ui/parts.tsx'
import { CommandNotice } from './command-notice.tsx'
import { PowerButtons } from './power-buttons.tsx'
import { ServerAddress } from './server-address.tsx'
import { serverQuery, useCommand } from './server-query.ts'
import { ServerState } from './server-state.tsx'

export function ServerPage() {
  const texts = useTexts()
  const { serverId } = useParams({ from: '/inside/servers/$serverId' })
  const found = useQuery(serverQuery(serverId))
  const command = useCommand(serverId)
  useLeaveWhenDeleted(command)
  const isGone = found.error instanceof Problem && found.error.status === 404
  if (isGone) {
    return <Empty isAll title={texts.notFound.title} text={texts.errors.SERVER_NOT_FOUND} />
  }
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  return (
    <>
      <ServerHead server={found.data} />
      <CommandNotice server={found.data} command={command} />
      <ServerTabs server={found.data} />
      <Outlet />
    </>
  )
}

function ServerHead({ server }: { server: Server }) {
  const texts = useTexts()
  const last = server.lastKnownStatus
  return (
    <div className="page-head">
      <div className="tight grow">
        <h1>{server.name}</h1>
        <div className="row">
          {server.suspendedAt ? (
            <span className="state">{texts.suspended}</span>
          ) : (
            <ServerState status={server.status} />
          )}
          <ServerAddress server={server} />
        </div>
        {server.statusReason && <p className="quiet">{server.statusReason}</p>}
        {server.status === 'UNKNOWN' && last && (
          <p className="quiet">{texts.unknownNow(texts.status[last])}</p>
        )}
      </div>
      <PowerButtons server={server} />
    </div>
  )
}

function ServerTabs({ server }: { server: Server }) {
  const texts = useTexts()
  const params = { serverId: server.id }
  const may = new Set(server.permissions)
  return (
    <nav className="tabs" aria-label={texts.server.tabs}>
      <Link className="tab" to="/servers/$serverId" params={params} activeOptions={{ exact: true }}>
        {texts.server.console}
      </Link>
      {may.has('server-update') && (
        <Link className="tab" to="/servers/$serverId/startup" params={params}>
          {texts.server.startup}
        </Link>
      )}
      {may.has('network-view') && (
        <Link className="tab" to="/servers/$serverId/ports" params={params}>
          {texts.server.ports}
        </Link>
      )}
      {may.has('monitoring-view') && (
        <Link className="tab" to="/servers/$serverId/stats" params={params}>
          {texts.server.stats}
        </Link>
      )}
      <Link className="tab" to="/servers/$serverId/members" params={params}>
        {texts.server.members}
      </Link>
      <Link className="tab" to="/servers/$serverId/activity" params={params}>
        {texts.server.activity}
      </Link>
      {(may.has('server-update') || may.has('server-delete')) && (
        <Link className="tab" to="/servers/$serverId/settings" params={params}>
          {texts.server.settings}
        </Link>
      )}
    </nav>
  )
}

function useLeaveWhenDeleted(command: Command | undefined): void {
  const navigate = useNavigate()
  const isDeleted = command?.kind === 'delete' && command.status === 'SUCCEEDED'
  useEffect(() => {
    if (isDeleted) void navigate({ to: '/' })
  }, [isDeleted, navigate])
}
