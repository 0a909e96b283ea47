import './members.css'
import { useQuery } from '@tanstack/react-query'
import type { Member, Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { useServer } from '../servers/server-query.ts'
import { useMe } from '../session/session.ts'
import { InviteForm } from './invite-form.tsx'
import { LeaveForm } from './leave-form.tsx'
import { MemberCard } from './member-card.tsx'
import { managesMembers, membersQuery } from './members-query.ts'
import { OpenInvitations } from './open-invitations.tsx'

/** Who shares the server. Whoever does not manage them sees oneself alone. */
export function MembersPage() {
  const texts = useTexts()
  const server = useServer()
  const me = useMe()
  const found = useQuery(membersQuery(server.id))
  const isManaged = managesMembers(me, server)
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const members = found.data.data
  const myself = members.find(({ userId }) => userId === me?.user.id)
  return (
    <div className="stack narrow">
      <section className="stack" aria-label={texts.members.title}>
        <ul className="cards">
          <li className="card">
            <strong>{server.owner.username}</strong>
            <p className="quiet">{texts.members.owner}</p>
          </li>
          <Members server={server} members={members} isManaged={isManaged} myId={myself?.userId} />
        </ul>
        {isManaged && members.length === 0 && <p className="quiet">{texts.members.none}</p>}
      </section>
      {isManaged && <OpenInvitations serverId={server.id} />}
      {isManaged && !server.suspendedAt && <InviteForm server={server} />}
      {myself && <LeaveForm server={server} userId={myself.userId} />}
    </div>
  )
}

function Members(props: {
  server: Server
  members: readonly Member[]
  isManaged: boolean
  myId: string | undefined
}) {
  const { server, members, isManaged, myId } = props
  return members.map(member => (
    <MemberCard
      key={member.userId}
      server={server}
      member={member}
      isManaged={isManaged && member.userId !== myId}
    />
  ))
}
