import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type Override, type PermissionName } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { usePermissionWords } from '../permissions/permissions.ts'
import { serverQuery } from '../servers/server-query.ts'
import { AddOverride } from './add-override.tsx'

/** What somebody may do beside the role, or may not. Each change is saved at once. */
export function Overrides({ userId }: { userId: string }) {
  const texts = useTexts().people
  const queries = useQueryClient()
  const params = { path: { id: userId } }
  const queryKey = ['overrides', userId]
  const read = (signal?: AbortSignal) =>
    answerOf(api.GET('/api/v1/users/{id}/permissions', { signal: signal ?? null, params }))
  const found = useQuery({ queryKey, queryFn: ({ signal }) => read(signal) })
  const save = useMutation({
    // The whole list is sent: what somebody else has added meanwhile is not to go by that.
    async mutationFn({ without, row }: { without: Place; row?: Override }) {
      const { permissions: now } = await read()
      const others = now.filter(other => !isSamePlace(other, without))
      const permissions = [...others, ...(row ? [row] : [])].map(asSent)
      return answerOf(api.PUT('/api/v1/users/{id}/permissions', { params, body: { permissions } }))
    },
    onSuccess: answer => queries.setQueryData(queryKey, answer)
  })
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const rows = found.data.permissions
  return (
    <section className="card stack">
      <div>
        <h2>{texts.overrides}</h2>
        <p className="quiet">{texts.overridesText(found.data.role)}</p>
      </div>
      {rows.length > 0 && (
        <ul className="lines" aria-label={texts.overrides}>
          {rows.map(row => (
            <OverrideLine
              key={`${row.permission} ${row.serverId}`}
              row={row}
              onRemove={() => save.mutate({ without: row })}
            />
          ))}
        </ul>
      )}
      <Failure error={save.error} />
      <AddOverride
        isPending={save.isPending}
        onAdd={row => save.mutateAsync({ without: row, row })}
      />
    </section>
  )
}

function OverrideLine({ row, onRemove }: { row: Override; onRemove: () => void }) {
  const texts = useTexts().people
  const { language } = useLanguage()
  const words = usePermissionWords().ofName(row.permission)
  const until = row.expiresAt && new Date(row.expiresAt).toLocaleString(language)
  return (
    <li className="line">
      <div className="grow">
        <span>
          <strong>{texts.effects[row.effect]}</strong>: {words}
        </span>
        <p className="quiet">
          {row.serverId ? <ServerName id={row.serverId} /> : texts.everywhere}
          {until && ` · ${texts.until(until)}`}
        </p>
      </div>
      <SureButton
        label={texts.remove}
        name={texts.removeOf(words)}
        text={texts.removeQuestion}
        onSure={onRemove}
      />
    </li>
  )
}

function ServerName({ id }: { id: string }) {
  return useQuery(serverQuery(id)).data?.name ?? id
}

type Place = Pick<Override, 'permission' | 'serverId'>

function isSamePlace(one: Place, other: Place): boolean {
  return one.permission === other.permission && one.serverId === other.serverId
}

const asSent = (row: Override) => ({ ...row, permission: row.permission as PermissionName })
