import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Override } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import {
  groupsOf,
  isOfServers,
  usePermissions,
  usePermissionWords
} from '../permissions/permissions.ts'
import { useMe } from '../session/session.ts'
import { findServers } from './find-things.ts'
import { type Named, Pick } from './pick.tsx'

/** Nobody is offered a right to give that they lack themselves. */
export function AddOverride(props: {
  isPending: boolean
  onAdd: (row: Override) => Promise<unknown>
}) {
  const texts = useTexts().people
  const words = usePermissionWords()
  const held = useMe()?.permissions ?? []
  const all = usePermissions()
  const given = (all.data?.data ?? []).filter(({ name }) => held.includes(name))
  const [chosen, setChosen] = useState('')
  const [effect, setEffect] = useState<Override['effect']>('ALLOW')
  const [server, setServer] = useState<Named>()
  const [until, setUntil] = useState('')
  const permission = given.find(one => one.name === chosen) ?? given[0]
  if (!permission) return <Failure error={all.error} retry={() => void all.refetch()} />
  const isPlaced = isOfServers(permission)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const row = {
      ...{ permission: permission.name, effect },
      serverId: (isPlaced && server?.id) || null,
      expiresAt: until ? new Date(until).toISOString() : null
    }
    props.onAdd(row).then(
      () => {
        setServer(undefined)
        setUntil('')
      },
      // It is shown by whoever saves.
      () => undefined
    )
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={texts.addOverride}>
      <div className="pair">
        <NativeSelect
          label={texts.effect}
          data={(['ALLOW', 'DENY'] as const).map(value => ({ value, label: texts.effects[value] }))}
          value={effect}
          onChange={event => setEffect(event.currentTarget.value === 'DENY' ? 'DENY' : 'ALLOW')}
        />
        <NativeSelect
          label={texts.right}
          data={groupsOf(given).map(({ category, permissions }) => ({
            group: words.ofGroup(category),
            items: permissions.map(one => ({ value: one.name, label: words.of(one) }))
          }))}
          value={permission.name}
          onChange={event => setChosen(event.currentTarget.value)}
        />
        {isPlaced && (
          <Pick
            label={texts.onlyServer}
            kind="server"
            chosen={server}
            onChoose={setServer}
            find={findServers}
          />
        )}
        <TextInput
          type="datetime-local"
          label={texts.untilLabel}
          value={until}
          onChange={event => setUntil(event.currentTarget.value)}
        />
      </div>
      <div>
        <Button type="submit" variant="default" loading={props.isPending}>
          {texts.addOverride}
        </Button>
      </div>
    </form>
  )
}
